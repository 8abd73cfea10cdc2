"""What a snapshot of a payment changes: one pure decision for the API's reply, the webhook, the poller and the closing.

Shuffled and repeated snapshots lead to the same state: an older one is dropped, the same one changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.money import Money
from payments.domain.charge import TAKEN, Charge, ChargeStatus, Contest, Snapshot, may_follow
from payments.domain.intent import IllegalMoveError, Intent, IntentStatus
from payments.domain.ledger import Entry, entries_of
from payments.domain.refund import Match, Refund, match_refunds


class Outcome(StrEnum):
    """What came of a snapshot."""

    APPLIED = "applied"
    SAME = "same"
    STALE = "stale"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Difference(StrEnum):
    """What does not fit and waits for a person."""

    AMOUNT = "amount_differs"
    CURRENCY = "currency_differs"
    COLLECTOR = "collector_differs"
    INTENT = "intent_differs"
    ILLEGAL_MOVE = "illegal_move"
    REFUND_SUM = "refund_sum_differs"


class Told(StrEnum):
    """Which fact a step is published as."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


@dataclass(frozen=True, slots=True)
class Step:
    """One published change: the intent after it."""

    told: Told
    intent: Intent
    match: Match | None = None

    @property
    def is_of_dispute(self) -> bool:
        return self.told in {Told.DISPUTED, Told.DISPUTE_WON, Told.DISPUTE_LOST}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What to write. `captured` is what was taken now, `surplus` says that it must go back, `entries` the ledger's.

    `over` says that nothing more may be paid for the intent: it is to be closed.
    """

    outcome: Outcome
    difference: Difference | None = None
    intent: Intent | None = None
    charge: Charge | None = None
    captured: Money | None = None
    surplus: bool = False
    over: bool = False
    matches: tuple[Match, ...] = ()
    entries: tuple[Entry, ...] = ()
    steps: tuple[Step, ...] = ()


def judge(
    intent: Intent, charges: Sequence[Charge], refunds: Sequence[Refund], seen: Snapshot, now: datetime
) -> Ruling:
    """`charges` are the intent's, `refunds` those of the charge seen; all of them locked with the intent.

    The charge seen is among `charges` wherever it is known, even as another intent's: then nothing is believed of it.
    """
    before = next((charge for charge in charges if charge.id == seen.id), None)
    if before is not None and seen.updated_at < before.updated_at:
        return Ruling(Outcome.STALE)
    if (difference := _difference(intent, before, seen)) is not None:
        return Ruling(Outcome.DIFFERS, difference)
    if before is not None and before.shows(seen):
        # The date moves on, so that what is older than this stays older.
        return Ruling(Outcome.SAME, charge=replace(before, detail=seen.detail, updated_at=seen.updated_at))
    try:
        return _rule(_Course(intent, now), charges, refunds, seen, before)
    except IllegalMoveError:
        return Ruling(Outcome.DIFFERS, Difference.ILLEGAL_MOVE)


def _difference(intent: Intent, before: Charge | None, seen: Snapshot) -> Difference | None:
    if before is not None and before.intent_id != intent.id:
        return Difference.INTENT
    if seen.collector_id != intent.collector_id:
        return Difference.COLLECTOR
    if seen.amount.currency != intent.amount.currency:
        return Difference.CURRENCY
    if seen.amount != intent.amount:
        return Difference.AMOUNT
    if before is not None and not may_follow(before.status, seen.status):
        return Difference.ILLEGAL_MOVE
    told = sum(found.amount.minor for found in seen.refunds if found.done)
    return Difference.REFUND_SUM if told != seen.refunded.minor else None


def _rule(
    course: "_Course", charges: Sequence[Charge], refunds: Sequence[Refund], seen: Snapshot, before: Charge | None
) -> Ruling:
    taken_before = before is not None and bool(before.captured)
    taken_now = seen.status in TAKEN and not taken_before
    surplus = before.surplus if before is not None and taken_before else taken_now and bool(course.intent.captured)
    after = _charge_of(course.intent, seen, before, surplus=surplus)
    matches = match_refunds(seen, refunds)
    after, entries = entries_of(course.intent, before, after, [match.seen for match in matches])
    if surplus:
        course.give_back_surplus(matches)
    else:
        course.follow([after, *(charge for charge in charges if charge.id != seen.id)], before, seen, matches)
    return Ruling(
        Outcome.APPLIED,
        intent=course.intent,
        charge=after,
        captured=after.captured if taken_now else None,
        surplus=surplus and taken_now,
        over=course.over,
        matches=matches,
        entries=entries,
        steps=tuple(course.steps),
    )


def _charge_of(intent: Intent, seen: Snapshot, before: Charge | None, *, surplus: bool) -> Charge:
    zero, taken = Money.zero(seen.amount.currency), seen.status in TAKEN
    return Charge(
        id=seen.id,
        intent_id=intent.id,
        status=seen.status,
        detail=seen.detail,
        method=seen.method,
        updated_at=seen.updated_at,
        captured=seen.amount if taken else zero,
        refunded=seen.refunded,
        fee=seen.fee if taken else zero,
        withheld=seen.withheld if taken else zero,
        lost=seen.amount - seen.refunded if seen.contest is Contest.LOST else zero,
        released=taken and seen.released,
        surplus=surplus,
        entries=before.entries if before is not None else 0,
        at=seen.at,
    )


class _Course:
    """The intent on its way through one snapshot, and what is told on that way."""

    def __init__(self, intent: Intent, now: datetime) -> None:
        self.intent, self._now = intent, now
        self.steps: list[Step] = []
        self.over = False

    def follow(
        self, charges: Sequence[Charge], before: Charge | None, seen: Snapshot, matches: Sequence[Match]
    ) -> None:
        if seen.status in TAKEN:
            self._take_money(before, seen)
            self._contest(seen)
        elif self.intent.is_open:
            self._stand(charges)
            if seen.status is ChargeStatus.REJECTED:
                self._tell(Told.REJECTED, self.intent)
        for match in matches:
            self._tell(Told.REFUNDED, self.intent.gave_back(match.seen.amount), match)

    def give_back_surplus(self, matches: Sequence[Match]) -> None:
        """The intent's own money is untouched."""
        for match in matches:
            self._tell(Told.REFUNDED, self.intent, match)

    def _take_money(self, before: Charge | None, seen: Snapshot) -> None:
        if before is None or not before.captured:
            paid = self.intent.paid(seen.method, seen.approved_at or self._now)
            self._tell(Told.CONFIRMED, paid)

    def _contest(self, seen: Snapshot) -> None:
        """A dispute begins, is decided, or is decided anew."""
        intent = self.intent
        kept = seen.contest is Contest.WON or seen.status is ChargeStatus.APPROVED
        if seen.contest is Contest.OPEN and intent.status is not IntentStatus.DISPUTED:
            self._tell(Told.DISPUTED, intent.disputed())
        elif seen.contest is Contest.LOST and intent.status is not IntentStatus.DISPUTE_LOST:
            self._tell(Told.DISPUTE_LOST, intent.lost_dispute())
        elif kept and intent.status in {IntentStatus.DISPUTED, IntentStatus.DISPUTE_LOST}:
            self._tell(Told.DISPUTE_WON, intent.undisputed())

    def _stand(self, charges: Sequence[Charge]) -> None:
        """An open intent is as far as its most advanced charge."""
        target = _standing(charges)
        if self.intent.status is target:
            return
        if self.intent.status is IntentStatus.AUTHORIZED:
            # It can only be paid or cancelled, and is cancelled by the closing alone: its page may still be open.
            self.over = target is IntentStatus.AWAITING_PAYER
            return
        opened = self.intent.opened()
        moved = opened if opened.status is target else opened.to(target)
        if target is IntentStatus.AWAITING_PAYER:
            self.intent = moved
        else:
            self._tell(Told.PENDING, moved)

    def _tell(self, told: Told, intent: Intent, match: Match | None = None) -> None:
        self.intent = intent.told()
        self.steps.append(Step(told, self.intent, match))


def _standing(charges: Sequence[Charge]) -> IntentStatus:
    states = {charge.status for charge in charges}
    if ChargeStatus.AUTHORIZED in states:
        return IntentStatus.AUTHORIZED
    if states & {ChargeStatus.PENDING, ChargeStatus.IN_PROCESS}:
        return IntentStatus.PROCESSING
    return IntentStatus.AWAITING_PAYER
