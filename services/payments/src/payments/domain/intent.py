"""The intent: one booking's wish to collect one amount, and which state may follow which."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from common.money import Money
from contracts.ids import AccountId, BookingId, PaymentId, ProviderId
from payments.domain.method import CASH, Ticket
from payments.domain.switches import Method
from payments.domain.tariff import Tariff


class IntentStatus(StrEnum):
    """Where an intent stands; the same words as in the events."""

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


class Purpose(StrEnum):
    """What of a booking it collects; the same words as in the events."""

    DUE = "due"
    BALANCE = "balance"
    TIP = "tip"


OPEN: Final = frozenset(
    {IntentStatus.CREATED, IntentStatus.AWAITING_PAYER, IntentStatus.PROCESSING, IntentStatus.AUTHORIZED}
)
"""Money may still arrive as it should; a booking has at most one such intent of a purpose."""
CLOSED: Final = frozenset({IntentStatus.CANCELLED, IntentStatus.EXPIRED})
"""Given up without money; what arrives now is late."""

MOVES: Final[Mapping[IntentStatus, frozenset[IntentStatus]]] = {
    IntentStatus.CREATED: frozenset({IntentStatus.AWAITING_PAYER, IntentStatus.PROCESSING, IntentStatus.CANCELLED}),
    IntentStatus.AWAITING_PAYER: frozenset(
        {
            IntentStatus.PROCESSING,
            IntentStatus.AUTHORIZED,
            IntentStatus.PAID,
            IntentStatus.CANCELLED,
            IntentStatus.EXPIRED,
        }
    ),
    IntentStatus.PROCESSING: frozenset(
        {IntentStatus.AUTHORIZED, IntentStatus.PAID, IntentStatus.AWAITING_PAYER, IntentStatus.CANCELLED}
    ),
    IntentStatus.AUTHORIZED: frozenset({IntentStatus.PAID, IntentStatus.CANCELLED}),
    IntentStatus.PAID: frozenset({IntentStatus.DISPUTED, IntentStatus.PARTIALLY_REFUNDED, IntentStatus.REFUNDED}),
    IntentStatus.PARTIALLY_REFUNDED: frozenset(
        {IntentStatus.PARTIALLY_REFUNDED, IntentStatus.REFUNDED, IntentStatus.DISPUTED}
    ),
    # A mediation may end with the money going back, whole or in part.
    IntentStatus.DISPUTED: frozenset(
        {
            IntentStatus.PAID,
            IntentStatus.PARTIALLY_REFUNDED,
            IntentStatus.REFUNDED,
            IntentStatus.DISPUTE_LOST,
        }
    ),
    IntentStatus.CANCELLED: frozenset({IntentStatus.PAID_LATE}),
    IntentStatus.EXPIRED: frozenset({IntentStatus.PAID_LATE}),
    IntentStatus.PAID_LATE: frozenset({IntentStatus.PAID, IntentStatus.REFUNDED}),
    IntentStatus.REFUNDED: frozenset(),
    # MercadoPago may decide once more.
    IntentStatus.DISPUTE_LOST: frozenset({IntentStatus.DISPUTED}),
}


class IllegalMoveError(ValueError):
    """That state does not follow from this one: a difference to look into, never a reason to lose a message."""


@dataclass(frozen=True, slots=True)
class Intent:
    """`captured` and `refunded` are of the payment that counts; a second one is given back beside them.

    `version` counts what was published. `collector_id` is whose MercadoPago account is paid. `expires_at` is the
    last instant at which the payer is let in; `closing` says that no more money is wanted. `tariff` is what the
    platform keeps, and `earned` whether the provider has a right to the rest: the service is over.
    """

    id: PaymentId
    version: int
    booking_id: BookingId
    client_id: AccountId
    provider_id: ProviderId
    status: IntentStatus
    amount: Money
    captured: Money
    refunded: Money
    collector_id: str
    city: str
    province: str
    expires_at: datetime
    created_at: datetime
    tariff: Tariff
    purpose: Purpose = Purpose.DUE
    earned: bool = False
    method: str | None = None
    paid_at: datetime | None = None
    init_point: str | None = None
    closing: bool = False
    traceparent: str | None = None
    way: Method = Method.CHECKOUT_PRO
    """How the payer chose to pay; `method` is what MercadoPago calls it once known."""
    ticket_url: str | None = None
    ticket_code: str | None = None
    transfer_code: str | None = None
    """What the payer of a bank transfer writes into it."""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED

    @property
    def is_direct(self) -> bool:
        """Whether its payments are made by us and not on MercadoPago's page."""
        return self.way is not Method.CHECKOUT_PRO

    @property
    def waits_for_days(self) -> bool:
        """Whether the payer has what it needs to pay slowly, so that the booking is held as long as that may take."""
        if self.is_cash:
            return self.status is IntentStatus.PROCESSING
        return self.way is Method.TRANSFER and self.status is IntentStatus.AWAITING_PAYER

    @property
    def is_cash(self) -> bool:
        return self.way in CASH

    def ticketed(self, ticket: Ticket | None) -> Self:
        """With where its cash is paid, once MercadoPago said so."""
        if ticket is None or not self.is_cash:
            return self
        return replace(self, ticket_url=ticket.url, ticket_code=ticket.code)

    def told(self) -> Self:
        """After one more published event."""
        return replace(self, version=self.version + 1)

    def to(self, status: IntentStatus) -> Self:
        """In another state; IllegalMoveError when it does not follow."""
        if status not in MOVES[self.status]:
            raise IllegalMoveError(f"{self.status} -> {status}")
        return replace(self, status=status)

    def opened(self) -> Self:
        """A payment seen before our own call was answered proves that the payer has the link."""
        return self.to(IntentStatus.AWAITING_PAYER) if self.status is IntentStatus.CREATED else self

    def offered(self, init_point: str) -> Self:
        """The payer can be sent to MercadoPago's page."""
        return replace(self.opened(), init_point=init_point)

    def closed(self, *, hold_ran_out: bool) -> Self:
        """Given up without money: `expired` where only the payer's time ran out, `cancelled` otherwise."""
        waited = self.status is IntentStatus.AWAITING_PAYER and hold_ran_out
        return self.to(IntentStatus.EXPIRED if waited else IntentStatus.CANCELLED)

    def paid(self, method: str | None, at: datetime) -> Self:
        """The whole amount was captured; late when the intent had been given up. A tip never comes too late."""
        before = self.opened()
        moved = before.to(IntentStatus.PAID_LATE if before.is_closed else IntentStatus.PAID)
        if self.purpose is Purpose.TIP and before.is_closed:
            moved = moved.to(IntentStatus.PAID)
        return replace(moved, captured=self.amount, method=method, paid_at=at)

    def disputed(self) -> Self:
        """The payer's bank contests it; late money that is contested counts as paid first."""
        base = self.to(IntentStatus.PAID) if self.status is IntentStatus.PAID_LATE else self
        return base.to(IntentStatus.DISPUTED)

    def lost_dispute(self) -> Self:
        """The dispute ended with the money gone. One that nobody told of while it was open was open before."""
        base = self if self.status is IntentStatus.DISPUTED else self.disputed()
        return base.to(IntentStatus.DISPUTE_LOST)

    def undisputed(self) -> Self:
        """The dispute ended with the money here, but for what went back before."""
        base = self.disputed() if self.status is IntentStatus.DISPUTE_LOST else self
        return base.to(IntentStatus.PARTIALLY_REFUNDED if self.refunded else IntentStatus.PAID)

    def gave_back(self, amount: Money) -> Self:
        """A part or the rest of what was captured went back. What is contested stays so until all of it is back."""
        refunded = self.refunded + amount
        if self.status is IntentStatus.DISPUTE_LOST:
            return replace(self, refunded=refunded)
        if refunded == self.captured:
            return replace(self.to(IntentStatus.REFUNDED), refunded=refunded)
        if self.status is IntentStatus.DISPUTED:
            return replace(self, refunded=refunded)
        base = self.to(IntentStatus.PAID) if self.status is IntentStatus.PAID_LATE else self
        return replace(base.to(IntentStatus.PARTIALLY_REFUNDED), refunded=refunded)
