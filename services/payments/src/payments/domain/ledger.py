"""The ledger's entries: integer centavos, + debit, - credit, and every entry sums to zero.

An entry is the difference between two positions of a charge (`position.py`), so nothing can be booked that the charge
does not show, and nothing twice.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from common.money import Money
from payments.domain.charge import Charge, ChargeId, RefundSeen
from payments.domain.intent import Intent
from payments.domain.position import Account, Position, difference
from payments.domain.tariff import NOTHING_KEPT


class EntryKind(StrEnum):
    """What an entry is about."""

    CAPTURE = "capture"
    FEES = "fees"
    REFUND = "refund"
    DISPUTE = "dispute"
    RELEASE = "release"
    EARNED = "earned"
    PAYOUT = "payout"
    PAYOUT_EXECUTED = "payout_executed"
    PAYOUT_REVERSED = "payout_reversed"
    WITHDRAWAL = "withdrawal"
    SUSPENSE = "suspense"
    CREDIT = "credit"


class UnbalancedEntryError(ValueError):
    """Postings that do not sum to zero."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: `amount` positive on the debit side, negative on the credit side."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger transaction. `reference` names the effect outside, so that it can be booked once only."""

    kind: EntryKind
    reference: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        total = Money.zero(self.postings[0].amount.currency)
        for posting in self.postings:
            total = total + posting.amount
        if total:
            raise UnbalancedEntryError(self.reference)


def fingerprint(entry_id: UUID, kind: str, reference: str, lines: Iterable[tuple[str, str, int]]) -> str:
    """SHA-256 over all that a booked entry says, 64 hex digits: what the audit log keeps of it.

    `lines` are account, currency and minor units. Plain values: what was meddled with need not be an entry.
    """
    said = json.dumps([str(entry_id), kind, reference, [list(line) for line in lines]], separators=(",", ":"))
    return sha256(said.encode()).hexdigest()


def position_of(intent: Intent, charge: Charge) -> Position:
    """Where the charge's money stands. What is surplus goes back and is nobody's to earn."""
    return Position(
        captured=charge.captured,
        returned=charge.refunded,
        contested=charge.contested,
        lost=charge.lost,
        fee=charge.fee,
        withheld=charge.withheld,
        earned=intent.earned and not charge.surplus,
        released=charge.released,
        tariff=NOTHING_KEPT if charge.surplus else intent.tariff,
        at=charge.at,
    )


def entries_of(
    intent: Intent, before: Charge | None, after: Charge, refunds: Sequence[RefundSeen]
) -> tuple[Charge, tuple[Entry, ...]]:
    """What a charge's change posts, in the order in which it happened, and the charge with those counted.

    `refunds` are those of its refunds that are not booked yet.
    """
    start = _booked(intent, before) if before is not None else Position.nothing(after.captured.currency)
    end = position_of(intent, after)
    book = _Book(after, replace(start, tariff=end.tariff, earned=end.earned, at=end.at))
    book.move(EntryKind.CAPTURE, f"capture:{after.id}", replace(book.at, captured=end.captured))
    book.move(EntryKind.FEES, None, replace(book.at, fee=end.fee, withheld=end.withheld))
    for found in refunds:
        book.move(EntryKind.REFUND, f"refund:{found.id}", _given_back(book.at, found.amount))
    book.move(EntryKind.DISPUTE, None, replace(book.at, contested=end.contested, lost=end.lost))
    book.move(EntryKind.RELEASE, None, replace(book.at, released=end.released))
    return replace(after, entries=book.numbered), tuple(book.entries)


def lacks_hold(charge: Charge) -> bool:
    """Contested, and booked by a version that knew no hold: every hold of ours is an entry that counts."""
    return bool(charge.contested) and charge.entries == 0


def _booked(intent: Intent, charge: Charge) -> Position:
    """The position that the ledger has of it."""
    at = position_of(intent, charge)
    return replace(at, contested=Money.zero(charge.captured.currency)) if lacks_hold(charge) else at


def earn(intent: Intent, charge: Charge) -> tuple[Entry, ...]:
    """The service is over: what is left of the charge is shared out. Nothing for one that is surplus or empty."""
    book = _Book(charge, position_of(replace(intent, earned=False), charge))
    book.move(EntryKind.EARNED, f"earned:{charge.id}", position_of(replace(intent, earned=True), charge))
    return tuple(book.entries)


def _given_back(at: Position, amount: Money) -> Position:
    """What is contested can be given back as well, and is contested no longer."""
    returned = at.returned + amount
    left = at.captured - returned - at.lost
    return replace(at, returned=returned, contested=min(at.contested, left, key=lambda money: money.minor))


@dataclass
class _Book:
    """Entries from one position to the next. Effects that nobody outside names are numbered by the charge."""

    charge: Charge
    at: Position
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbered = self.charge.entries

    def move(self, kind: EntryKind, reference: str | None, to: Position) -> None:
        """Post the difference, if there is any."""
        moved = difference(self.at.balances(), to.balances())
        self.at = to
        if not moved:
            return
        if reference is None:
            self.numbered += 1
            reference = _numbered(kind, self.charge.id, self.numbered)
        self.entries.append(Entry(kind, reference, tuple(Posting(*line) for line in moved.items())))


def _numbered(kind: EntryKind, charge_id: ChargeId, number: int) -> str:
    return f"{kind}:{charge_id}:{number}"
