"""I3: what the bank did for each payout, and each movement of our account there, is what our books say, id by id."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence

_PAYOUTS: Final = "SELECT CAST(id AS text) AS id, status, amount_minor FROM payout"
_KEPT: Final = "SELECT id, kind, status, amount_minor FROM bank_movement"
_BOOKED: Final = """
    SELECT split_part(reference, ':', 2) AS id, sum(amount_minor) AS amount_minor
    FROM ledger_transaction JOIN ledger_posting ON transaction_id = ledger_transaction.id
    WHERE kind IN ('withdrawal', 'suspense') AND account = 'bank' GROUP BY 1
"""
# Movements are read every 15 s, each payout's state follows a moment later.
_UNREAD: Final = timedelta(minutes=1)
_OUT, _BACK, _CASHED = "transfer_out", "transfer_returned", "mp_withdrawal"
_CARRIED_OUT: Final = frozenset({"executed", "reversed"})
_NEVER: Final = frozenset({"failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Bank:
    """What the bank has: by item its transfers in batches and the movements of each kind, as of `now`."""

    items: Mapping[str, Sequence[Row]]
    moved: Mapping[tuple[str, str], Sequence[Row]]
    now: datetime

    @classmethod
    def of(cls, batches: Sequence[Row], movements: Sequence[Row], now: datetime) -> "Bank":
        """From the bank's own records."""
        items: dict[str, list[Row]] = defaultdict(list)
        for batch in batches:
            for item in batch["items"]:
                items[item["id"]].append(item)
        moved: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for movement in movements:
            if movement["batch_item"] is not None:
                moved[movement["batch_item"], movement["kind"]].append(movement)
        return cls(items, moved, now)


async def bank_agrees(evidence: Evidence) -> list[str]:
    """What is wrong, one line each."""
    payouts = {
        f"{vertical}.{row['id']}": row
        for vertical in evidence.verticals
        for row in await evidence.rows("payments", vertical, _PAYOUTS)
    }
    now = datetime.now(UTC)
    bank = Bank.of(evidence.batches, evidence.movements, now)
    wrong = list[str]()
    for name in sorted(payouts.keys() | bank.items.keys()):
        wrong += [f"payout {name}: {one}" for one in payout_wrongs(name, payouts.get(name), bank)]
    kept = {row["id"]: row for row in await evidence.rows("payments", "*", _KEPT)}
    booked = {row["id"]: int(row["amount_minor"]) for row in await evidence.rows("payments", "*", _BOOKED)}
    theirs = {one["id"]: one for one in evidence.movements}
    for name in sorted(kept.keys() | theirs.keys() | booked.keys()):
        found = movement_wrongs(kept.get(name), theirs.get(name), booked.get(name, 0), now)
        wrong += [f"movement {name}: {one}" for one in found]
    return wrong


def payout_wrongs(name: str, payout: Row | None, bank: Bank) -> Iterator[str]:
    """A payout of ours against what the bank was told of it and did."""
    items = bank.items.get(name, ())
    out, back = (bank.moved.get((name, kind), ()) for kind in (_OUT, _BACK))
    if payout is None:
        yield "the bank has it, we do not"
        return
    if len(items) > 1 or len(out) > 1 or len(back) > 1:
        yield f"the bank has it {len(items)} times, paid it {len(out)} times, got it back {len(back)} times"
    amount, status = int(payout["amount_minor"]), payout["status"]
    amounts = [one["sandbox"]["amount_minor"] for one in items] + [-_minor(one) for one in out] + [*map(_minor, back)]
    if set(amounts) - {amount}:
        yield f"it is of {amount}, and of {sorted(set(amounts) - {amount})} at the bank"
    if status in _CARRIED_OUT and not out:
        yield f"it is {status}, and never left the bank"
    if status in _NEVER and out:
        yield f"it is {status}, and left the bank"
    if status == "reversed" and not back:
        yield "it is reversed, and never came back"
    if status == "executed" and any(bank.now - _at(one) > _UNREAD for one in back):
        yield "it is executed, and came back"


def movement_wrongs(ours: Row | None, theirs: Row | None, booked: int, now: datetime) -> Iterator[str]:
    """A movement as we keep it and have booked it against the bank's."""
    if theirs is None:
        yield f"we have it and booked {booked} for it, the bank does not"
    elif ours is None:
        if booked or now - _at(theirs) > _UNREAD:
            yield f"the bank has it, we do not, and booked {booked} for it"
    else:
        amount, shown = int(ours["amount_minor"]), _minor(theirs)
        if (ours["kind"], amount) != (theirs["kind"], shown):
            yield f"it is a {ours['kind']} of {amount}, at the bank a {theirs['kind']} of {shown}"
        # What a payout accounts for is in that payout's entries.
        by_itself = ours["status"] == "suspense" or (ours["status"] == "explained" and ours["kind"] == _CASHED)
        if booked != (wanted := shown if by_itself else 0):
            yield f"it is {ours['status']}, and the ledger's bank moved by {booked} for it, not {wanted}"


def _minor(movement: Row) -> int:
    return int(movement["sandbox"]["amount_minor"])


def _at(movement: Row) -> datetime:
    return datetime.fromisoformat(movement["at"])
