"""What booking is told."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from common.verticals import FILE


class Settings(ServiceSettings):
    """Prefix `BOOKING_`. `link_key` signs the links that let a guest see and cancel a booking without an account."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="BOOKING_")

    link_key: SecretStr = Field(min_length=32)
    paused_verticals: frozenset[str] = frozenset()
    """A kill switch: these take no new bookings; reads, cancellations, payments of holds and events go on."""

    @field_validator("paused_verticals")
    @classmethod
    def _exist(cls, names: frozenset[str], info: ValidationInfo) -> frozenset[str]:
        folder: Path | None = info.data.get("verticals_dir")
        if folder is not None and (unknown := [name for name in sorted(names) if not (folder / name / FILE).is_file()]):
            raise ValueError(f"no such vertical: {', '.join(unknown)}")
        return names
