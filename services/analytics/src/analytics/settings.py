"""What analytics is told."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Prefix `ANALYTICS_`. `health_targets` maps a service's name to the base URL of its API."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="ANALYTICS_")

    # A process holds per vertical the pool, and one connection each for the feed's reader and two wakers or the relay.
    database_pool: int = Field(default=4, ge=1, le=8)
    health_targets: dict[str, str] = Field(default_factory=dict)
    stream_clients: int = Field(default=100, ge=1, le=10_000)
    """Live feeds per process and vertical; one more is told to come back. Below `max_concurrent_requests`."""
    stream_queue: int = Field(default=1_000, ge=1, le=100_000)
    """Messages a client of the feed may lag behind before it is dropped."""
    activity_at_once: int = Field(default=16, ge=1, le=1_000)
    """Reports of client activity being stored at once per process."""
