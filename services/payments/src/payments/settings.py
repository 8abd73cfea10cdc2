"""What payments is told."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from payments.domain.document import MOST_BYTES
from payments.domain.intent import Purpose
from payments.domain.switches import Method

WEBHOOK_PATH = "/api/v1/webhooks/mercadopago"


class Settings(ServiceSettings):
    """Prefix `PAYMENTS_`. `collector_id` is the MercadoPago account that is paid; a payment to another is not ours."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="PAYMENTS_")

    max_body_bytes: int = MOST_BYTES
    """As large as one document for a dispute may be; the gateway lets no more through."""
    mercadopago_url: str = "https://api.mercadopago.com"
    mercadopago_token: SecretStr
    mercadopago_seconds: float = 10.0
    """How long an answer of MercadoPago may take as a whole."""
    webhook_secret: SecretStr
    former_webhook_secrets: tuple[SecretStr, ...] = ()
    """Still accepted while MercadoPago changes over to `webhook_secret`."""
    webhook_url: str | None = None
    """Where MercadoPago is told to send webhooks, if not to `public_url`."""
    collector_id: str
    webhook_days: int = Field(default=90, ge=30)
    """How long a signed notification is kept once all is done about it."""
    unsettled_webhook_days: int = Field(default=730, ge=30)
    """The same for one that is dead or an orphan."""
    contact_keys: dict[str, SecretStr] = Field(min_length=1)
    refund_approval_minor: int = 20_000_000
    """Above this many centavos a refund that a person asks for waits for a second person: 200,000.00 pesos."""
    paused: bool = False
    """A kill switch: no new payment is begun; webhooks, pollers, closings and refunds go on."""
    paused_methods: frozenset[Method] = frozenset()
    """The same for single ways to pay."""
    paused_purposes: frozenset[Literal[Purpose.BALANCE, Purpose.TIP]] = frozenset()
    """The same for what is paid beside what is due; on while an older booking may run."""
    earning_paused: bool = False
    """Nothing is shared out; on while an older worker of payments may run. What is over stays due."""
    bank_url: str | None = None
    """The bank that pays providers; without one payouts wait, approved."""
    bank_token: SecretStr = SecretStr("")
    bank_seconds: float = 10.0
    """How long one call to the bank may take."""
    bank_cbu: str | None = Field(default=None, pattern=r"^[0-9]{22}$")
    """Our own account there, CBU or CVU, with its alias: clients transfer to it. Transfers are offered with both."""
    bank_alias: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{6,20}$")
    payout_approval_minor: int = Field(default=100_000_000, ge=0)
    """Centavos: a payout over it is approved by two persons."""
    payouts_paused: bool = False
    """A kill switch: no payout is made or sent; approvals go on, and what is at the bank is followed to its end."""

    ticket_days: int = Field(default=1, ge=1, le=30)
    """How many days a payer has to pay cash."""

    @property
    def notification_url(self) -> str:
        """The address MercadoPago notifies."""
        return self.webhook_url or f"{self.public_url.rstrip('/')}{WEBHOOK_PATH}"

    @property
    def methods_off(self) -> frozenset[Method]:
        """What is not offered: a transfer also where nobody would see it come."""
        receives = self.bank_url is not None and self.bank_cbu is not None and self.bank_alias is not None
        return self.paused_methods | (frozenset() if receives else {Method.TRANSFER})

    @property
    def accepted_secrets(self) -> tuple[str, ...]:
        """Any of these may have signed a webhook."""
        return tuple(secret.get_secret_value() for secret in (self.webhook_secret, *self.former_webhook_secrets))
