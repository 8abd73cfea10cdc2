"""What payments tells the others. An intent is one booking's wish to collect one amount."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact
from contracts.ids import AccountId, BookingId, PaymentId, ProviderId, RefundId


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
    """A refund was made. `refund_id` is the one booking asked for, or payments' own for a second capture."""

    topic: ClassVar[str] = "payment.refunded"

    refund_id: RefundId
    refund: Amount


class PaymentDisputed(PaymentFact):
    """The payer disputes the charge; told again once MercadoPago names the dispute, and when it wants documents."""

    topic: ClassVar[str] = "payment.disputed"

    dispute_id: str | None = None
    """MercadoPago's id of the chargeback or claim, once known."""
    deadline: datetime | None = None
    """Until when documents are wanted; None when none are."""
    owner_id: AccountId | None = None
    """The account that owns the provider: who is told. None when nobody is to be, as in a snapshot."""


class PaymentDisputeWon(PaymentFact):
    """The dispute ended with the money here: the payment is what it was before."""

    topic: ClassVar[str] = "payment.dispute_won"

    owner_id: AccountId | None = None


class PaymentDisputeLost(PaymentFact):
    """The dispute ended with the money gone."""

    topic: ClassVar[str] = "payment.dispute_lost"

    owner_id: AccountId | None = None


FACTS: Final[tuple[type[Fact], ...]] = (
    PaymentPending,
    PaymentConfirmed,
    PaymentRejected,
    PaymentClosed,
    PaymentRefunded,
    PaymentDisputed,
    PaymentDisputeWon,
    PaymentDisputeLost,
)
