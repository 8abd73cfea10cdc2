"""What booking is told."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Prefix `BOOKING_`. `link_key` signs the links that let a guest see and cancel a booking without an account."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="BOOKING_")

    link_key: SecretStr = Field(min_length=32)
