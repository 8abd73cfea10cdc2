"""What calling off, moving and not coming cost: policy as data, and one pure fee function that explains itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from booking.domain.refusals import TooLateToMove, TooManyMoves
from common.money import Money

_WHOLE: Final = 100
_HOUR: Final = timedelta(hours=1)


class Party(StrEnum):
    """Who acts on the booking. STAFF is whoever attends it, on the provider's side."""

    CLIENT = "client"
    STAFF = "staff"
    PROVIDER = "provider"
    SYSTEM = "system"

    @property
    def side(self) -> "Party":
        """As the booking keeps it: who of the provider's people it was is in the audit log."""
        return Party.PROVIDER if self is Party.STAFF else self


@dataclass(frozen=True, slots=True)
class Step:
    """With at least `notice` before the start, `percent` of what was paid goes back."""

    notice: timedelta
    percent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Kept on the booking under its version; `steps` go from the longest notice to the shortest.

    What a booking was made without binds nobody: the defaults are those of the policies before.
    """

    version: str
    steps: Sequence[Step]
    no_show_percent: int = _WHOLE
    """Of the price."""
    max_reschedules: int | None = None
    """How often its client may move it; None: any number."""
    reschedule_notice: timedelta = timedelta(0)

    def allow_move(self, moved: int, starts_at: datetime, now: datetime) -> None:
        """TooManyMoves or TooLateToMove when its client, who moved it so often, may not move it again now."""
        if self.max_reschedules is not None and moved >= self.max_reschedules:
            raise TooManyMoves(most=self.max_reschedules)
        if now >= starts_at or starts_at - now < self.reschedule_notice:
            raise TooLateToMove(hours=self.reschedule_notice // _HOUR)


class Occasion(StrEnum):
    """What a fee is for."""

    CANCEL = "cancel"
    NO_SHOW = "no-show"


class Code(StrEnum):
    """One step of how a fee came about."""

    PAID = "paid"
    NOT_THE_CLIENT = "not-the-client"
    NOTICE = "notice"
    NO_NOTICE = "no-notice"
    NO_SHOW = "no-show"
    BEYOND = "beyond"
    KEPT = "kept"
    REFUND = "refund"
    OWED = "owed"


@dataclass(frozen=True, slots=True)
class Because:
    """A step with the numbers that it has."""

    code: Code
    amount: Money | None = None
    percent: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was paid and not given back: of what was due when booking, and beyond it."""

    due: Money
    beyond: Money

    @property
    def whole(self) -> Money:
        return self.due + self.beyond


@dataclass(frozen=True, slots=True)
class Fee:
    """`kept` of what was paid covers `amount`, `refund` goes back, `owed` is not covered. `rule` says why."""

    amount: Money
    kept: Money
    refund: Money
    owed: Money
    rule: str
    explain: Sequence[Because]


def fee(
    policy: Policy, price: Money, kept: Kept, event: Occasion, starts_at: datetime, now: datetime, by: Party
) -> Fee:
    """What a cancellation or a no-show costs, and how that came about.

    Cancelling costs its client a share of what was due, by notice; what was paid beyond that goes back whole, for a
    service that is not given. Whoever else cancels gives all of it back. A no-show costs a share of the price.
    """
    if event is Occasion.NO_SHOW:
        amount = price.percent(policy.no_show_percent)
        return _settled("no-show", kept, amount, Because(Code.NO_SHOW, percent=policy.no_show_percent))
    if by is not Party.CLIENT:
        nothing = Money.zero(price.currency)
        return _settled(f"cancelled-by-{by.side.value}", kept, nothing, Because(Code.NOT_THE_CLIENT))
    percent, rule, why = _notice(policy, starts_at - now)
    return _settled(rule, kept, kept.due - kept.due.percent(percent), why)


def _notice(policy: Policy, notice: timedelta) -> tuple[int, str, Because]:
    for step in policy.steps:
        if notice >= step.notice:
            hours = step.notice // _HOUR
            return step.percent, f"notice-of-{hours}-h", Because(Code.NOTICE, percent=step.percent, hours=hours)
    shortest = policy.steps[-1].notice // _HOUR if policy.steps else None
    return 0, "notice-too-short", Because(Code.NO_NOTICE, percent=0, hours=shortest)


def _settled(rule: str, kept: Kept, amount: Money, why: Because) -> Fee:
    stays = min(amount, kept.whole)
    result = Fee(amount, stays, kept.whole - stays, amount - stays, rule, ())
    beyond = [Because(Code.BEYOND, kept.beyond)] if kept.beyond and why.code in (Code.NOTICE, Code.NO_NOTICE) else []
    ends = ((Code.KEPT, result.kept), (Code.REFUND, result.refund), (Code.OWED, result.owed))
    steps = [Because(Code.PAID, kept.whole), why, *beyond, *(Because(code, part) for code, part in ends if part)]
    return Fee(result.amount, result.kept, result.refund, result.owed, rule, steps)
