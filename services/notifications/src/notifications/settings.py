"""What notifications is told, from NOTIFICATIONS_* variables."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from notifications.domain.notification import Channel


class Settings(ServiceSettings):
    """Frozen. Beside the common ones: the two channels, and the keys that open contacts."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="NOTIFICATIONS_", hide_input_in_errors=True
    )

    whatsapp_url: str
    whatsapp_token: SecretStr
    whatsapp_phone_number_id: str = Field(pattern="^[0-9]+$")
    smtp_host: str
    smtp_port: int = Field(gt=0, lt=65536)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = False
    """TLS from the first byte; STARTTLS is used by itself wherever the server offers it."""
    mail_from: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    contact_keys: dict[str, SecretStr] = Field(min_length=1)
    paused_channels: frozenset[Channel] = frozenset()
    """Channels that send nothing for now; their messages stay due."""
