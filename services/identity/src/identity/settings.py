"""What identity is told."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from identity.crypto.signing import InvalidSigningKeyError, load_keys
from identity.domain.contact import email_from
from identity.domain.refusals import InvalidEmail


class Settings(ServiceSettings):
    """Prefix `IDENTITY_`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="IDENTITY_")

    contact_key_id: str
    """Which of `contact_keys` closes contacts from now on; the others only open."""
    signing_keys_dir: Path
    """`<kid>.pem` RSA private keys; every one is live and published."""
    signing_key_id: str
    """Which of them signs."""
    first_operator_email: str | None = None
    """Who becomes an operator when the API starts and the address has no account; with its password, or not at all."""
    first_operator_password: SecretStr | None = Field(default=None, min_length=10, max_length=128)
    hash_threads: int = Field(default=2, ge=1, le=16)
    """How many passwords are hashed at once; each takes 19 MiB."""
    hash_queue: int = Field(default=32, ge=1, le=1024)
    """How many may be hashed or wait for it; one more is told to come back."""

    @field_validator("contact_key_id")
    @classmethod
    def _is_a_contact_key(cls, value: str, info: ValidationInfo) -> str:
        keys: dict[str, SecretStr] = info.data.get("contact_keys", {})
        if value not in keys:
            raise ValueError("no such key in IDENTITY_CONTACT_KEYS")
        return value

    @field_validator("first_operator_email")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        try:
            return email_from(value) if value is not None else None
        except InvalidEmail:
            raise ValueError("not an e-mail address") from None

    @model_validator(mode="after")
    def _operator_is_whole(self) -> "Settings":
        if (self.first_operator_email is None) != (self.first_operator_password is None):
            raise ValueError("FIRST_OPERATOR_EMAIL and FIRST_OPERATOR_PASSWORD go together")
        return self

    @field_validator("signing_key_id")
    @classmethod
    def _is_a_signing_key(cls, value: str, info: ValidationInfo) -> str:
        folder: Path | None = info.data.get("signing_keys_dir")
        if folder is None:
            return value
        try:
            keys = load_keys(folder)
        except InvalidSigningKeyError as error:
            raise ValueError(str(error)) from None
        if value not in keys:
            raise ValueError("no <key id>.pem of that name in IDENTITY_SIGNING_KEYS_DIR")
        return value
