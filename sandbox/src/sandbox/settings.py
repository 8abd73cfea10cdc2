"""What the sandbox needs to know, read from SANDBOX_* variables; frozen once read."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sandbox.bank import numbers

PREFIX = "SANDBOX_"


class Settings(BaseSettings):
    """Every setting of the sandbox. Durations are seconds, the fee is basis points (1/100 of a percent)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    data_file: Path
    webhook_secret: SecretStr = Field(min_length=1)
    mercadopago_token: SecretStr = Field(min_length=1)
    whatsapp_token: SecretStr = Field(min_length=1)
    bank_token: SecretStr = Field(min_length=1)
    collector_id: int = Field(gt=0)

    public_key: str = Field(default="TEST-00000000-0000-4000-8000-000000000000", min_length=1)
    """What a browser shows in place of the token to exchange a card for a card token."""

    host: str = "127.0.0.1"
    port: int = Field(default=18090, gt=0, lt=65536)
    smtp_port: int = Field(default=18025, gt=0, lt=65536)
    public_url: str = ""
    log_level: str = "info"

    webhook_url: str = ""
    """Where notifications of payments without a notification_url go, as configured in MercadoPago's panel."""
    webhook_timeout_seconds: float = Field(default=22.0, gt=0)
    webhook_retry_seconds: float = Field(default=2.0, gt=0)
    """The first interval; MercadoPago's own is 15 minutes, too long for a local stack."""
    webhook_max_attempts: int = Field(default=12, ge=1, le=50)
    webhook_queue_limit: int = Field(default=10_000, ge=1)

    fee_bps: int = Field(default=629, ge=0, le=10_000)
    release_days: int = Field(default=14, ge=0)
    ticket_days: int = Field(default=3, ge=1, le=30)

    bank_cbu: str = "2850590940090418135201"
    """The seller's own account at the bank, with its alias and its holder's CUIT."""
    bank_alias: str = Field(default="barberpro.cobros", pattern=r"^[A-Za-z0-9.-]{6,20}$")
    bank_cuit: str = "30653311857"

    @field_validator("bank_cbu")
    @classmethod
    def _whole_cbu(cls, value: str) -> str:
        if not numbers.cbu_holds(value):
            raise ValueError("must be a CBU of 22 digits")
        return value

    @field_validator("bank_cuit")
    @classmethod
    def _whole_cuit(cls, value: str) -> str:
        if not numbers.cuit_holds(value):
            raise ValueError("must be a CUIT of 11 digits")
        return value

    @property
    def base_url(self) -> str:
        """The address a browser uses, without a slash at the end."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")


def explain(error: ValidationError) -> str:
    """One line that names each missing or invalid variable, and never its value."""
    missing, invalid = [], []
    for problem in error.errors(include_url=False, include_input=False):
        name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
        if problem["type"] == "missing":
            missing.append(name)
        else:
            invalid.append(f"{name} ({problem['msg']})")
    parts = [f"missing setting: {', '.join(missing)}"] if missing else []
    parts += [f"invalid setting: {', '.join(invalid)}"] if invalid else []
    return "sandbox: " + "; ".join(parts)
