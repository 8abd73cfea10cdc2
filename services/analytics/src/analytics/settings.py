"""What analytics is told."""

from typing import Annotated

from pydantic import Field, HttpUrl, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Prefix `ANALYTICS_`. `health_targets` maps a service's name to the base URL of its API."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="ANALYTICS_")

    # A process holds per vertical the pool, and one connection each for the feed's reader and two wakers or the relay.
    database_pool: int = Field(default=4, ge=1, le=8)
    health_targets: dict[str, str] = Field(default_factory=dict)
    prometheus_url: HttpUrl | None = None
    """Where platform-wide figures come from; without it they are `unknown`."""
    pod_requests_per_second: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    """What one pod of a service was measured to bear on the machines it runs on; nobody else's figures would do."""
    stream_clients: int = Field(default=100, ge=1, le=10_000)
    """Live feeds per process, all verticals together; one more is told to come back. Each is a request under way, so at
    most half of `max_concurrent_requests`."""
    stream_queue: int = Field(default=1_000, ge=1, le=100_000)
    """Messages a client of the feed may lag behind before it is dropped."""
    activity_at_once: int = Field(default=16, ge=1, le=1_000)
    """Reports of client activity being stored at once per process."""

    @field_validator("stream_clients")
    @classmethod
    def _room_for_others(cls, streams: int, info: ValidationInfo) -> int:
        requests: int | None = info.data.get("max_concurrent_requests")
        if requests is not None and 2 * streams > requests:
            raise ValueError(f"must leave at least half of max_concurrent_requests ({requests}) to other requests")
        return streams
