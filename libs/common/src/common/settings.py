"""Settings: frozen, from the environment, prefixed with the service's name; a missing one is named in one line."""

import sys
from base64 import b64decode
from pathlib import Path
from typing import Literal, NoReturn, TypeVar

from pydantic import Field, FilePath, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHARED = "*"
_KEY_BYTES = 32
S = TypeVar("S", bound=BaseSettings)


class ServiceSettings(BaseSettings):
    """What every service is told. A subclass sets `model_config` with its own `env_prefix`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    api_port: int
    worker_port: int
    databases: dict[str, SecretStr]
    """Scope (a vertical, or `*` for what all share) -> DSN of the role that owns nothing, to the server itself."""
    pooled_databases: dict[str, SecretStr] = {}
    """The same scopes -> DSN by way of a pooler in transaction mode, for the transactions of API processes.

    Whoever holds something on a connection (a relay's lock, LISTEN) stays with `databases`. Empty: there is no pooler.
    """
    replica_databases: dict[str, SecretStr] = {}
    """The same scopes -> DSN of a server that follows, for reads of APIs that may lag. Empty: there is none."""
    owner_databases: dict[str, SecretStr] = {}
    """The same scopes -> DSN of the owner; only `migrate` is given it."""
    database_pool: int = Field(default=6, ge=1, le=8)
    kafka_bootstrap: str
    kafka_partitions: int = 3
    kafka_replication: int = 1
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_username: str | None = Field(default=None, validate_default=True)
    kafka_password: SecretStr | None = Field(default=None, validate_default=True)
    """SCRAM-SHA-512; both or neither, as `kafka_security` says."""
    kafka_ca_file: FilePath | None = None
    """Who signs the brokers' certificates, if not one of the system's."""
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

    @field_validator("kafka_username", "kafka_password")
    @classmethod
    def _goes_with_sasl(cls, value: object, info: ValidationInfo) -> object:
        """A name that is not used would mean a connection weaker than whoever set it believes."""
        security = str(info.data.get("kafka_security", ""))
        if security and security.startswith("SASL") != bool(value):
            raise ValueError(f"{'missing' if not value else 'not used'} with KAFKA_SECURITY={security}")
        return value

    @field_validator("pooled_databases", "replica_databases")
    @classmethod
    def _are_another_way_to_the_same(cls, dsns: dict[str, SecretStr], info: ValidationInfo) -> dict[str, SecretStr]:
        """The direct DSN under this name would mean a pooler or a replica that whoever set it only believes in."""
        direct: dict[str, SecretStr] = info.data.get("databases", {})
        if dsns and dsns.keys() != direct.keys():
            raise ValueError(f"has not the scopes {sorted(direct)}")
        if same := [scope for scope, dsn in dsns.items() if dsn == direct[scope]]:
            raise ValueError(f"the DSN of {same} is that in DATABASES")
        return dsns

    @field_validator("contact_keys")
    @classmethod
    def _are_keys(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for key_id, key in keys.items():
            if not _is_key(key.get_secret_value()):
                raise ValueError(f"{key_id} is not the base64 of 32 bytes")
        return keys

    def opened_contact_keys(self) -> dict[str, bytes]:
        """The contact keys as bytes."""
        return {key_id: b64decode(key.get_secret_value()) for key_id, key in self.contact_keys.items()}


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == _KEY_BYTES
    except ValueError:
        return False


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
