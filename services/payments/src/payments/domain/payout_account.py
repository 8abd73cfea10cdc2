"""Where a provider's earnings go, and when: the bank account it named, and whether money may go there."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self, TypeVar

from common.errors import Refusal
from common.money import Money
from common.span import COUNTRY_ZONE
from contracts.ids import ProviderId
from payments.domain.bank import AccountSeen
from payments.domain.bank_account import Cbu, Cuit

A = TypeVar("A", bound="PayoutAccount")
CHANGED_WAIT: Final = timedelta(hours=24)
"""Whoever takes over an owner's account and names another bank account must not be paid before the owner hears."""
_HOUR: Final = time(6)
_FORTNIGHTS: Final = (1, 16)
_CURRENCY: Final = "ARS"
_ERASED: Final = "erased"
_A_MONTH_AND_A_DAY: Final = 32


class OurOwnAccount(Refusal):
    """That account is the platform's own: nobody is paid there."""


class Schedule(StrEnum):
    """At 06:00 in Argentina: every day, on Mondays, on the 1st and the 16th, or on the 1st."""

    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


class AccountStatus(StrEnum):
    """Whether money may go to the account."""

    CHECKING = "checking"
    READY = "ready"
    REFUSED = "refused"


class AccountFault(StrEnum):
    """Why money cannot go to an account; the first ones are the bank's own words for a transfer that failed."""

    CLOSED = "account_closed"
    NOT_FOUND = "account_not_found"
    HOLDER = "holder_mismatch"
    NUMBER = "invalid_cbu"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the owner asks for: a CBU or an alias, whose tax number is `cuit`."""

    cbu: Cbu | None = field(repr=False)
    alias: str | None = field(repr=False)
    cuit: Cuit = field(repr=False)
    schedule: Schedule
    minimum: Money

    def must_not_be(self, cbu: str, alias: str) -> None:
        """OurOwnAccount where it is that one by either name."""
        if self.cbu == cbu or (self.alias is not None and self.alias.lower() == alias.lower()):
            raise OurOwnAccount


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """One per provider. With an alias `cbu` is what the bank said it stands for: an alias can be moved, a CBU not.

    `due_at` is when a payout is reckoned next, `usable_from` before when nothing is sent there.
    """

    provider_id: ProviderId
    version: int
    cbu: Cbu | None = field(repr=False)
    alias: str | None = field(repr=False)
    cuit: Cuit = field(repr=False)
    schedule: Schedule
    minimum: Money
    status: AccountStatus
    due_at: datetime
    reason: str | None = None
    usable_from: datetime | None = None

    @classmethod
    def first(cls, provider_id: ProviderId, wanted: Wanted, now: datetime) -> Self:
        """The first one that is named: checked, and then paid to."""
        return cls(
            provider_id=provider_id,
            version=1,
            cbu=wanted.cbu,
            alias=wanted.alias,
            cuit=wanted.cuit,
            schedule=wanted.schedule,
            minimum=wanted.minimum,
            status=AccountStatus.CHECKING,
            due_at=next_due(wanted.schedule, now),
        )

    @property
    def name(self) -> str:
        """What the bank is asked about."""
        return self.alias or self.cbu or ""

    def changed(self, wanted: Wanted, now: datetime) -> Self:
        """Checked anew and waiting when it is another account; another schedule or minimum alone changes neither."""
        due_at = self.due_at if wanted.schedule is self.schedule else next_due(wanted.schedule, now)
        kept = replace(self, schedule=wanted.schedule, minimum=wanted.minimum, due_at=due_at)
        if self._is_the_same(wanted):
            return _to_check(kept) if self.status is AccountStatus.REFUSED else kept
        moved = replace(kept, cbu=wanted.cbu, alias=wanted.alias, cuit=wanted.cuit, usable_from=now + CHANGED_WAIT)
        return _to_check(moved)

    def checked(self, seen: AccountSeen | None, now: datetime) -> Self:
        """What the bank says of it; None when it knows no such account."""
        fault = _fault(self, seen)
        if seen is None or fault is not None:
            return self.refused(fault or AccountFault.NOT_FOUND)
        moved = self.cbu is not None and self.cbu != seen.cbu
        usable_from = now + CHANGED_WAIT if moved else self.usable_from
        ready = replace(self, status=AccountStatus.READY, reason=None, cbu=seen.cbu, usable_from=usable_from)
        return replace(ready, version=self.version + 1)

    def refused(self, fault: AccountFault) -> Self:
        """Nothing goes there until the owner has seen to it."""
        return replace(self, status=AccountStatus.REFUSED, reason=fault.value, version=self.version + 1)

    def leaving(self) -> Self:
        """As it is reckoned once its owner is to be forgotten: what there is goes out day by day, however little."""
        return replace(self, schedule=Schedule.DAILY, minimum=Money.zero(self.minimum.currency))

    @property
    def is_erased(self) -> bool:
        return self.reason == _ERASED

    def erased(self) -> Self:
        """Nobody is paid there any more, and nothing says where it was."""
        empty = replace(self, cbu=Cbu(""), alias=None, cuit=Cuit(""), usable_from=None)
        return replace(empty, status=AccountStatus.REFUSED, reason=_ERASED, version=self.version + 1)

    def reckoned(self, now: datetime) -> Self:
        """Its turn is over until the next one."""
        return replace(self, due_at=next_due(self.schedule, now))

    def pays(self, payable: Money) -> bool:
        """Whether what is payable is paid out now. A debt never is: later earnings make it up."""
        if self.status is AccountStatus.REFUSED or payable.minor <= 0:
            return False
        return payable.minor >= self.minimum.minor

    def _is_the_same(self, wanted: Wanted) -> bool:
        same_account = wanted.alias == self.alias if wanted.alias or self.alias else wanted.cbu == self.cbu
        return same_account and wanted.cuit == self.cuit


def _to_check(account: A) -> A:
    return replace(account, status=AccountStatus.CHECKING, reason=None, version=account.version + 1)


def _fault(account: PayoutAccount, seen: AccountSeen | None) -> AccountFault | None:
    if seen is None:
        return AccountFault.NOT_FOUND
    if not seen.active:
        return AccountFault.CLOSED
    if seen.holder != account.cuit:
        return AccountFault.HOLDER
    return AccountFault.CURRENCY if seen.currency != _CURRENCY else None


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The schedule's first time after that instant."""
    today = after.astimezone(COUNTRY_ZONE).date()
    days = (today + timedelta(days=ahead) for ahead in range(_A_MONTH_AND_A_DAY))
    return next(at for at in (_at(day) for day in days if _falls_on(schedule, day)) if at > after)


def _falls_on(schedule: Schedule, day: date) -> bool:
    match schedule:
        case Schedule.DAILY:
            return True
        case Schedule.WEEKLY:
            return day.weekday() == 0
        case Schedule.FORTNIGHTLY:
            return day.day in _FORTNIGHTS
        case Schedule.MONTHLY:
            return day.day == 1


def _at(day: date) -> datetime:
    return datetime.combine(day, _HOUR, COUNTRY_ZONE)
