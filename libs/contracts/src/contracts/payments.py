"""What payments tells the others. An intent is one booking's wish to collect one amount."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact, Part
from contracts.elsewhere import TicketPart, TransferPart
from contracts.ids import AccountId, BookingId, PaymentId, PayoutId, ProviderId, RefundId, WithdrawalId


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


class PaymentPurpose(StrEnum):
    """What of a booking a payment is for."""

    DUE = "due"
    """What must be paid for the hold to be confirmed."""
    BALANCE = "balance"
    """The rest of the price."""
    TIP = "tip"
    """The worker's, apart from price and commission."""


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
    purpose: PaymentPurpose = PaymentPurpose.DUE
    method: str | None = None
    """MercadoPago's payment method id, e.g. `visa`, once known; `transfer` or `credit` where it took no part."""
    city: str = ""
    province: str = ""
    paid_at: datetime | None = None

    @property
    def subject(self) -> UUID:
        return self.payment_id


class PaymentPending(PaymentFact):
    """A payment was begun: money may arrive from now on."""

    topic: ClassVar[str] = "payment.pending"

    hold_until: datetime | None = None
    """Until when the money of a ticket or a transfer of what is due may come: the booking has to be held that long."""
    pay_until: datetime | None = None
    """Until when the payer may pay the ticket or make the transfer; None where there is neither."""
    ticket: TicketPart | None = None
    transfer: TransferPart | None = None
    """None in a snapshot: the payer was told already."""


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


class PaymentAtPlace(Fact):
    """The provider took money itself, or took that back (`voided`); nothing of it went through us."""

    owner: ClassVar[str] = "payments"
    topic: ClassVar[str] = "payment.at_place"

    at_place_id: UUID
    booking_id: BookingId
    provider_id: ProviderId
    client_id: AccountId
    amount: Amount
    method: str
    """`cash`, `card`, `transfer` or `other`."""
    voided: bool

    @property
    def subject(self) -> UUID:
        return self.at_place_id


class PayoutStatus(StrEnum):
    """Where a payout stands, in the words of the state machine in payments' domain."""

    DUE = "due"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    BATCHED = "batched"
    SENT = "sent"
    EXECUTED = "executed"
    FAILED = "failed"
    REVERSED = "reversed"
    CANCELLED = "cancelled"


class PeriodPart(Part):
    """Days in Argentina's calendar, both included."""

    first: date
    last: date


class PayoutFact(Fact):
    """A payout's public state: what a provider earned on its way to the provider's bank. No bank data is in it."""

    owner: ClassVar[str] = "payments"

    payout_id: PayoutId
    provider_id: ProviderId
    owner_account_id: AccountId
    """Who owns the provider, and is told."""
    amount: Amount
    status: PayoutStatus
    period: PeriodPart
    """The days whose earnings it brings."""

    @property
    def subject(self) -> UUID:
        return self.payout_id


class PayoutSent(PayoutFact):
    """The bank carried it out: the money is in the provider's account."""

    topic: ClassVar[str] = "payout.sent"


class PayoutFailed(PayoutFact):
    """The bank did not carry it out, or sent the money back: it is the provider's with us again."""

    topic: ClassVar[str] = "payout.failed"

    reason: str
    account_refused: bool = False
    """Whether nothing more is paid to that account until its owner has seen to it."""


class PayoutAccountStatus(StrEnum):
    """Whether money may go to a provider's bank account."""

    CHECKING = "checking"
    READY = "ready"
    REFUSED = "refused"


class PayoutAccountChanged(Fact):
    """Another bank account was named for a provider's payouts, or the bank told what it is. No bank data is in it."""

    topic: ClassVar[str] = "payout_account.changed"
    owner: ClassVar[str] = "payments"

    provider_id: ProviderId
    owner_account_id: AccountId
    status: PayoutAccountStatus
    reason: str | None = None
    """Why it was refused."""
    usable_from: datetime | None = None
    """Nothing is paid to it before; None when nothing has to be waited for."""

    @property
    def subject(self) -> UUID:
        return self.provider_id


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
    PaymentAtPlace,
    PayoutSent,
    PayoutFailed,
    PayoutAccountChanged,
    PaymentDisputeWon,
    PaymentDisputeLost,
    WithdrawalConfirmed,
    WithdrawalCode,
)
