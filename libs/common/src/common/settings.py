"""Settings: frozen, from the environment, prefixed with the service's name; a missing one is named in one line."""

import sys
from base64 import b64decode
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SHARED = "*"
S = TypeVar("S", bound=BaseSettings)


class ServiceSettings(BaseSettings):
    """What every service is told. A subclass sets `model_config` with its own `env_prefix`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    api_port: int
    worker_port: int
    databases: dict[str, SecretStr]
    """Scope (a vertical, or `*` for what all share) -> DSN of the role that owns nothing."""
    owner_databases: dict[str, SecretStr] = {}
    """The same scopes -> DSN of the owner; only `migrate` is given it."""
    database_pool: int = Field(default=6, ge=1, le=8)
    kafka_bootstrap: str
    kafka_partitions: int = 3
    kafka_replication: int = 1
    kafka_security: str = "PLAINTEXT"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    verticals_dir: Path
    jwks_url: str
    token_issuer: str
    token_audience: str
    public_url: str
    log_level: str = "info"
    traces_file: Path | None = None
    otlp_endpoint: str | None = None
    max_body_bytes: int = 256 * 1024
    max_concurrent_requests: int = 200
    dead_letter_limit: int = 1000
    stall_seconds: float = 60.0
    contact_keys: dict[str, SecretStr] = {}
    """Key id -> base64 of 32 bytes; only services entitled to contacts are given it."""

    def opened_contact_keys(self) -> dict[str, bytes]:
        """The contact keys as bytes."""
        return {key_id: b64decode(key.get_secret_value()) for key_id, key in self.contact_keys.items()}


def load(kind: type[S]) -> S:
    """The settings from the environment; a missing or wrong one ends the process with status 2 and says which."""
    try:
        return kind()
    except ValidationError as error:
        prefix = str(kind.model_config.get("env_prefix", ""))
        lines = [f"{prefix}{'_'.join(map(str, item['loc']))}".upper() + f": {item['msg']}" for item in error.errors()]
        complain("; ".join(lines))


def complain(text: str) -> NoReturn:
    """Say in one line what is wrong and leave."""
    sys.stderr.write(f"settings: {text}\n")
    raise SystemExit(2)
