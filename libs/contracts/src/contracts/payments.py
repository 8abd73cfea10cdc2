"""What payments tells the others. An intent is one booking's wish to collect one amount."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact
from contracts.ids import AccountId, BookingId, PaymentId, ProviderId, RefundId, WithdrawalId


class PaymentStatus(StrEnum):
    """Where an intent stands, in the words of the state machine in payments' domain."""

    CREATED = "created"
    AWAITING_PAYER = "awaiting_payer"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    PAID = "paid"
    PAID_LATE = "paid_late"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"


class PaymentFact(Fact):
    """The intent's public state."""

    owner: ClassVar[str] = "payments"

    payment_id: PaymentId
    booking_id: BookingId
    provider_id: ProviderId
    client_id: AccountId
    status: PaymentStatus
    amount: Amount
    captured: Amount
    refunded: Amount
    method: str | None = None
    """MercadoPago's payment method id, e.g. `visa`, once known."""
    city: str = ""
    province: str = ""
    paid_at: datetime | None = None

    @property
    def subject(self) -> UUID:
        return self.payment_id


class PaymentPending(PaymentFact):
    """A payment was begun: money may arrive from now on."""

    topic: ClassVar[str] = "payment.pending"


class PaymentConfirmed(PaymentFact):
    """The amount was captured."""

    topic: ClassVar[str] = "payment.confirmed"


class PaymentRejected(PaymentFact):
    """One attempt was declined; the payer may try again. `reason` is MercadoPago's status_detail."""

    topic: ClassVar[str] = "payment.rejected"

    reason: str


class PaymentClosed(PaymentFact):
    """The intent can collect no more: nothing was captured."""

    topic: ClassVar[str] = "payment.closed"


class PaymentRefunded(PaymentFact):
    """A refund was made. `refund_id` is the one booking asked for, or payments' own for any other."""

    topic: ClassVar[str] = "payment.refunded"

    refund_id: RefundId
    refund: Amount
    origin: str | None = None
    """Who wanted it: `booking`, `operator`, `provider`, `external` (MercadoPago's panel), `surplus`."""


class PaymentDisputed(PaymentFact):
    """The payer's bank disputes the charge."""

    topic: ClassVar[str] = "payment.disputed"


class WithdrawalConfirmed(Fact):
    """The client takes back its consent (Disp. 954/2025), in time and proved: all that was paid goes back."""

    topic: ClassVar[str] = "withdrawal.confirmed"
    owner: ClassVar[str] = "payments"

    withdrawal_id: WithdrawalId
    booking_id: BookingId
    provider_id: ProviderId
    client_id: AccountId
    tracking_code: str
    """What the client was given to ask by; it opens nothing alone."""

    @property
    def subject(self) -> UUID:
        return self.withdrawal_id


class WithdrawalCode(Fact):
    """A one-time code for a withdrawal, sealed as contacts are (see common.contacts), for the client's own contact."""

    topic: ClassVar[str] = "withdrawal.code"
    owner: ClassVar[str] = "payments"

    withdrawal_id: WithdrawalId
    client_id: AccountId
    booking_id: BookingId
    channel: str
    """`whatsapp` or `email`: the one by which the client says it can be reached."""
    expires_at: datetime
    tracking_code: str
    key_id: str
    nonce: str
    """96 bits, base64."""
    sealed: str
    """Ciphertext and tag, base64; the client's account id is the associated data."""

    @property
    def subject(self) -> UUID:
        return self.withdrawal_id


FACTS: Final[tuple[type[Fact], ...]] = (
    PaymentPending,
    PaymentConfirmed,
    PaymentRejected,
    PaymentClosed,
    PaymentRefunded,
    PaymentDisputed,
    WithdrawalConfirmed,
    WithdrawalCode,
)
