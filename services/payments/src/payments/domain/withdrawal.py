"""Withdrawal, the "botón de arrepentimiento" (Disp. 954/2025): who may take its consent back, and until when.

A request is open until its one-time code proves that whoever asks is the booking's client. Whether it is, is told to
nobody: a request of a stranger looks the same from outside and its code never comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from common.errors import Refusal
from common.span import COUNTRY_ZONE
from contracts.ids import AccountId, BookingId, ProviderId, WithdrawalId
from payments.domain.payable import BookingStatus
from payments.domain.reach import Channel

DAYS: Final = 10
"""Calendar days, counted from the day after the booking was made."""
CODE_DIGITS: Final = 6
CODE_LIFE: Final = timedelta(minutes=10)
TRIES: Final = 5
OPEN_FOR: Final = timedelta(hours=24)
MOST_OPEN: Final = 3
"""Per booking and contact: each may send somebody a message."""
MOST_LOOKS: Final = 200
"""So often a confirmed one is looked at, about two days; then a person has to look."""
_RENDERED: Final = frozenset({BookingStatus.ARRIVED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW})
_CALLED_OFF: Final = frozenset({BookingStatus.CANCELLED, BookingStatus.EXPIRED})


class ServiceRendered(Refusal):
    """The service was rendered: there is nothing to withdraw from any more."""


class WithdrawalTooLate(Refusal):
    """The ten days in which a booking can be withdrawn from are over."""


class AlreadyWithdrawn(Refusal):
    """This booking was withdrawn from before."""


class WrongWithdrawalCode(Refusal):
    """The code is wrong or no longer valid."""


class TooManyWithdrawals(Refusal):
    """Too many requests of this kind are open."""

    retry_after = 3600


class WithdrawalStatus(StrEnum):
    """`open` waits for its code; `refused` and `expired` changed nothing."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUNDING = "refunding"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


_REFUSALS: Final[Mapping[str, type[Refusal]]] = {
    kind.slug(): kind for kind in (ServiceRendered, WithdrawalTooLate, AlreadyWithdrawn)
}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One request. `version` counts what was published; `code_mark` is what is kept of its code, None before it went.

    `client_id` and `provider_id` are of the booking, once the contact is known to be its client's.
    """

    id: WithdrawalId
    version: int
    tracking_code: str
    booking_id: BookingId
    channel: Channel
    status: WithdrawalStatus
    created_at: datetime
    client_id: AccountId | None = None
    provider_id: ProviderId | None = None
    code_mark: bytes | None = None
    tries: int = 0
    looks: int = 0
    refusal: str | None = None
    confirmed_at: datetime | None = None

    @property
    def code_until(self) -> datetime:
        """From the request on, sent or not, so that it tells nothing."""
        return self.created_at + CODE_LIFE

    @property
    def open_until(self) -> datetime:
        return self.created_at + OPEN_FOR

    def tries_left(self, now: datetime) -> int:
        """How often a code may still be tried."""
        return max(TRIES - self.tries, 0) if now < self.code_until else 0

    def missed(self) -> Self:
        return replace(self, tries=self.tries + 1)

    def looked_at(self) -> Self:
        return replace(self, looks=self.looks + 1)

    def coded(self, client_id: AccountId, provider_id: ProviderId, code_mark: bytes) -> Self:
        """A code is on its way to the booking's client."""
        told = self.version + 1
        return replace(self, version=told, client_id=client_id, provider_id=provider_id, code_mark=code_mark)

    def confirmed(self, now: datetime) -> Self:
        told = self.version + 1
        return replace(self, version=told, status=WithdrawalStatus.CONFIRMED, confirmed_at=now, looks=0)

    def refused(self, why: type[Refusal]) -> Self:
        """Proved, and not the client's to have."""
        return replace(self, status=WithdrawalStatus.REFUSED, refusal=why.slug())

    def expired(self) -> Self:
        return replace(self, status=WithdrawalStatus.EXPIRED)

    def to(self, status: WithdrawalStatus) -> Self:
        return replace(self, status=status)

    def why_refused(self) -> Refusal | None:
        """The refusal it was given."""
        return _REFUSALS[self.refusal]() if self.refusal is not None else None


def why_not(booking: BookingStatus, made_at: datetime, asked_at: datetime) -> type[Refusal] | None:
    """Why a proved withdrawal is refused; None when the law grants it.

    The day counts on which it was asked for, in Argentina's calendar, also when it is proved after midnight.
    """
    if booking in _RENDERED:
        return ServiceRendered
    last_day = made_at.astimezone(COUNTRY_ZONE).date() + timedelta(days=DAYS)
    return WithdrawalTooLate if asked_at.astimezone(COUNTRY_ZONE).date() > last_day else None


@dataclass(frozen=True, slots=True)
class Return:
    """How far the money of a withdrawn booking is on its way back: `left` centavos are here, and refunds `asked`.

    What a lost dispute took is with the payer, and not here.
    """

    left: int
    asked: int


def followed(withdrawal: Withdrawal, booking: BookingStatus, money: Return) -> Withdrawal:
    """Where a confirmed withdrawal stands now. Booking alone cancels: one that was over meanwhile refuses it."""
    if booking in _RENDERED:
        return withdrawal.refused(ServiceRendered)
    if booking not in _CALLED_OFF:
        return withdrawal
    if money.left == 0:
        return withdrawal.to(WithdrawalStatus.DONE)
    return withdrawal.to(WithdrawalStatus.REFUNDING) if money.asked else withdrawal
