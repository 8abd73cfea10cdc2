"""Settings of this service: nothing beyond what every service is told."""

from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """From the environment, prefixed PROVIDERS_."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="PROVIDERS_")
