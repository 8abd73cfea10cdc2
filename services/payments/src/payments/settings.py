"""What payments is told."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from payments.domain.switches import Method

WEBHOOK_PATH = "/api/v1/webhooks/mercadopago"


class Settings(ServiceSettings):
    """Prefix `PAYMENTS_`. `collector_id` is the MercadoPago account that is paid; a payment to another is not ours."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="PAYMENTS_")

    mercadopago_url: str = "https://api.mercadopago.com"
    mercadopago_token: SecretStr
    mercadopago_seconds: float = 10.0
    """How long one read of MercadoPago's answer may take."""
    webhook_secret: SecretStr
    former_webhook_secrets: tuple[SecretStr, ...] = ()
    """Still accepted while MercadoPago changes over to `webhook_secret`."""
    webhook_url: str | None = None
    """Where MercadoPago is told to send webhooks, if not to `public_url`."""
    collector_id: str
    contact_keys: dict[str, SecretStr] = Field(min_length=1)
    refund_approval_minor: int = 20_000_000
    """Above this many centavos a refund that a person asks for waits for a second person: 200,000.00 pesos."""
    paused: bool = False
    """A kill switch: no new payment is begun; webhooks, pollers, closings and refunds go on."""
    paused_methods: frozenset[Method] = frozenset()
    """The same for single ways to pay."""

    @property
    def notification_url(self) -> str:
        """The address MercadoPago notifies."""
        return self.webhook_url or f"{self.public_url.rstrip('/')}{WEBHOOK_PATH}"

    @property
    def accepted_secrets(self) -> tuple[str, ...]:
        """Any of these may have signed a webhook."""
        return tuple(secret.get_secret_value() for secret in (self.webhook_secret, *self.former_webhook_secrets))
