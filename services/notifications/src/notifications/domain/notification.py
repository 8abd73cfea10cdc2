"""One message to one account by one channel, from the plan to its end, and when it is tried again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from common.money import Money
from contracts.ids import AccountId, BookingId, NotificationId, PaymentId

LEASE: Final = timedelta(seconds=30)
"""How long a row is ours while its message is being sent; the sending itself is cut off sooner."""
ATTEMPTS: Final = 8
DOUBTS: Final = 2
"""After this many attempts whose outcome nobody knows, the row is given up rather than sent a third time."""
_RETRIES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 30, 120, 600, 1800, 3600))
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 12


class Channel(StrEnum):
    """The ways of `contracts.notifications.Channel` that this service has."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"


class Template(StrEnum):
    """What a message says; the names are those of the templates approved at WhatsApp."""

    REQUESTED = "booking_requested"
    APPROVED = "booking_approved"
    OFFERED = "booking_offered"
    DECLINED = "booking_declined"
    UNANSWERED = "booking_unanswered"
    CONFIRMED = "booking_confirmed"
    REMINDER = "booking_reminder"
    RESCHEDULED = "booking_rescheduled"
    CANCELLED = "booking_cancelled"
    BELOW_MINIMUM = "booking_below_minimum"
    TO_PAY_NEXT = "booking_to_pay"
    SERIES_CONFIRMED = "series_confirmed"
    SERIES_RESCHEDULED = "series_rescheduled"
    SERIES_CANCELLED = "series_cancelled"
    REFUNDED = "payment_refunded"
    CODE = "verification_code"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_FAILED = "payout_failed"
    ACCOUNT_CHANGED = "payout_account_changed"
    ACCOUNT_REFUSED = "payout_account_refused"
    DISPUTE_OPENED = "dispute_opened"
    DOCUMENTS_DUE = "dispute_documents_due"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    WITHDRAWAL_CODE = "withdrawal_code"
    WITHDRAWN = "withdrawal_received"
    AT_PLACE = "at_place_recorded"
    AT_PLACE_VOIDED = "at_place_voided"
    TICKET_TO_PAY = "ticket_to_pay"
    TRANSFER_TO_MAKE = "transfer_to_make"
    PAYMENT_RAN_OUT = "payment_ran_out"
    CREDIT_GRANTED = "credit_granted"


CODES: Final = frozenset({Template.CODE, Template.WITHDRAWAL_CODE})
"""They speak of nothing but the code."""
TO_PAY: Final = frozenset({Template.TICKET_TO_PAY, Template.TRANSFER_TO_MAKE})
"""They ask for money, as long as it has not come."""
ABOUT_NO_BOOKING: Final = frozenset(
    {
        *CODES,
        Template.PAYOUT_SENT,
        Template.PAYOUT_FAILED,
        Template.ACCOUNT_CHANGED,
        Template.ACCOUNT_REFUSED,
        Template.CREDIT_GRANTED,
    }
)
"""Nothing has to be known for them but the contact."""


class Status(StrEnum):
    """Where a message stands. `failed` and `void` are ends: one that should have gone, one that no longer should."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    VOID = "void"


class Reason(StrEnum):
    """Why a message waits or ended. A channel's own codes (`whatsapp_131026`) stand beside these."""

    ERASED = "erased"
    MUTED = "muted"
    NO_ADDRESS = "no_address"
    OVERTAKEN = "overtaken"
    SUPERSEDED = "superseded"
    TOO_LATE = "too_late"
    UNDECIDED = "undecided"
    NO_CONTACT = "contact_unknown"
    NO_BOOKING = "booking_unknown"
    NO_PROVIDER = "provider_unknown"
    NO_SERVICE = "service_unknown"
    UNREADABLE = "contact_unreadable"
    BROKEN = "internal"


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A one-time code as it came: closed, for its account."""

    key_id: str
    nonce: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Notification:
    """The row, whole: ids and times, never a person's data nor the text. `dedupe_key` makes it the only one."""

    id: NotificationId
    dedupe_key: str
    account_id: AccountId
    channel: Channel
    template: Template
    due_at: datetime
    expires_at: datetime
    booking_id: BookingId | None = None
    starts_at: datetime | None = None
    """The start that the message speaks of, where it speaks of one."""
    refund: Money | None = None
    """What went back, was paid at the place, is disputed, is to be paid, or is given as credit."""
    contact_version: int | None = None
    """The version of the contact that carries the one-time code."""
    tracking_code: str | None = None
    """What the client asks about its withdrawal by."""
    code: SealedCode | None = None
    """The code of a withdrawal; a guest's travels in its contact."""
    payment_id: PaymentId | None = None
    """The payment that the client is to make elsewhere."""
    many: int | None = None
    """How many appointments of a series it is about; the booking is the first of them."""
    traceparent: str | None = None
    status: Status = Status.PENDING
    attempts: int = 0
    waits: int = 0
    doubts: int = 0
    reason: str | None = None
    digest: str | None = None
    """SHA-256 of the provider's message id: WhatsApp's own has the phone inside."""
    version: int = 0
    sent_at: datetime | None = None

    @property
    def fact_keys(self) -> frozenset[str]:
        """Keys of the messages that tell of the same fact, one for each channel there is."""
        fact = self.dedupe_key.removesuffix(f":{self.channel}")
        return frozenset(f"{fact}:{channel}" for channel in Channel)

    def taken(self, now: datetime) -> Self:
        """Leased for sending. A row found half-way counts a doubt: whether its message went is undecidable."""
        doubts = self.doubts + (self.status is Status.SENDING)
        return replace(self, status=Status.SENDING, due_at=now + LEASE, doubts=doubts)

    def sent(self, now: datetime, digest: str) -> Self:
        """The channel accepted it."""
        return replace(
            self,
            status=Status.SENT,
            attempts=self.attempts + 1,
            reason=None,
            digest=digest,
            sent_at=now,
            version=self.version + 1,
        )

    def failed(self, reason: str) -> Self:
        """Dead, and visibly so."""
        return replace(self, status=Status.FAILED, reason=reason, version=self.version + 1)

    def void(self, reason: Reason) -> Self:
        """Nobody should get it any more."""
        return replace(self, status=Status.VOID, reason=reason)

    def lapsed(self) -> Self:
        """Its time is over: failed when it was tried or waited for something, void when it never had its turn."""
        if self.doubts:
            return self.failed(Reason.UNDECIDED)
        return self.void(Reason.TOO_LATE) if self.reason is None else self.failed(self.reason)

    def refused(self, reason: str) -> Self:
        """The channel said no for good."""
        return replace(self, attempts=self.attempts + 1).failed(reason)

    def put_off(self, now: datetime, reason: str, at_least: timedelta = timedelta(0)) -> Self:
        """Certainly not sent: tried again ever later, `failed` when the attempts are used up."""
        tried = replace(self, attempts=self.attempts + 1)
        if tried.attempts >= ATTEMPTS:
            return tried.failed(reason)
        return tried.again(now + max(_RETRIES[tried.attempts - 1], at_least), reason)

    def unclear(self, now: datetime, reason: str) -> Self:
        """Perhaps sent: tried once more and no further."""
        doubted = replace(self, doubts=self.doubts + 1)
        if doubted.doubts >= DOUBTS:
            return replace(doubted, attempts=doubted.attempts + 1).failed(Reason.UNDECIDED)
        return doubted.put_off(now, reason, LEASE)

    def waiting(self, now: datetime, missing: Reason) -> Self:
        """Something it speaks of has not reached us: again in 1 s, then 2, 4 ... at most an hour apart."""
        delay = min(timedelta(seconds=2 ** min(self.waits, _MOST_DOUBLINGS)), _LONGEST_WAIT)
        return replace(self, waits=self.waits + 1).again(now + delay, missing)

    def rerouted(self, now: datetime, channel: Channel) -> Self:
        """Goes by another channel instead, at once."""
        return replace(self, status=Status.PENDING, due_at=now, channel=channel)

    def again(self, due_at: datetime, reason: str) -> Self:
        """Due once more, at the latest when it expires."""
        return replace(self, status=Status.PENDING, due_at=min(due_at, self.expires_at), reason=reason)
