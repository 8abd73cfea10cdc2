"""I3: what clients transferred, by the bank's own movements.

A charge at the bank is compared as if MercadoPago had it: the movement it is named after is what was taken, and the
movements its refunds are named after are what went back. The other way round, whatever came into the account is a
charge once, or stands in suspense, or has only just come.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from localstack.reading import Row, Verifier

_PREFIX: Final = "bank:"
_CHARGES: Final = "SELECT id, intent_id FROM charge WHERE at = 'bank'"
_REFUNDS: Final = """
    SELECT charge_id, substr(reference, 8) AS name FROM ledger_transaction
    WHERE kind = 'refund' AND starts_with(charge_id, 'bank:')
"""
_CAPTURES: Final = """
    SELECT charge_id FROM ledger_transaction WHERE kind = 'capture' AND starts_with(charge_id, 'bank:')
"""
_KNOWN: Final = "SELECT id, status, amount_minor FROM bank_movement WHERE kind = 'transfer_in'"
_SUSPENDED: Final = """
    SELECT split_part(reference, ':', 2) AS id, -sum(amount_minor) AS minor
    FROM ledger_transaction JOIN ledger_posting ON transaction_id = ledger_transaction.id
    WHERE account = 'suspense' AND (starts_with(reference, 'bank:') OR starts_with(reference, 'bank-matched:'))
    GROUP BY 1
"""
_ENDED: Final = frozenset({"matched", "suspense"})


async def transferred(evidence: Verifier, verticals: Sequence[str], movements: Sequence[Row]) -> list[Row]:
    """Our charges at the bank in the shape of MercadoPago's payments, by what the bank says of them."""
    lines, found = {row["id"]: row for row in movements}, list[Row]()
    for vertical in verticals:
        refunds: dict[str, list[str]] = {}
        for row in await evidence.rows("payments", vertical, _REFUNDS):
            refunds.setdefault(row["charge_id"], []).append(row["name"])
        for charge in await evidence.rows("payments", vertical, _CHARGES):
            reference = f"{vertical}.{charge['intent_id']}"
            found += as_payment(charge["id"], reference, refunds.get(charge["id"], ()), lines)
    return found


def as_payment(charge_id: str, reference: str, refunds: Sequence[str], lines: Mapping[str, Row]) -> Iterator[Row]:
    """The charge as the bank has it; nothing when the bank has no such movement."""
    movement = lines.get(charge_id.removeprefix(_PREFIX))
    if movement is None or movement["kind"] != "transfer_in":
        return
    taken, back = _minor(movement), list[dict[str, Any]]()
    for name in refunds:
        line = lines.get(name.removeprefix(_PREFIX))
        if line is not None and line["kind"] == "transfer_out":
            back.append({"id": name, "amount": -_minor(line) / 100})
    returned = sum(round(one["amount"] * 100) for one in back)
    yield {
        "id": charge_id,
        "external_reference": reference,
        "status": "refunded" if returned == taken else "approved",
        "status_detail": "transferred",
        "fee_details": [],
        "refunds": back,
        "sandbox": {"captured_minor": taken - returned, "refunded_minor": returned},
    }


async def transfers_add_up(evidence: Verifier, verticals: Sequence[str], movements: Sequence[Row]) -> list[str]:
    """What is wrong with money that came into our account, one line each."""
    captures, names = Counter[str](), Counter[str]()
    for vertical in verticals:
        captures.update(row["charge_id"] for row in await evidence.rows("payments", vertical, _CAPTURES))
        names.update(row["name"] for row in await evidence.rows("payments", vertical, _REFUNDS))
    known = {row["id"]: row for row in await evidence.rows("payments", "*", _KNOWN)}
    suspended = {row["id"]: int(row["minor"]) for row in await evidence.rows("payments", "*", _SUSPENDED)}
    wrong = [f"{name} gave back more than one refund" for name, times in names.items() if times > 1]
    for movement in movements:
        if movement["kind"] == "transfer_in":
            one = movement["id"]
            found = wrongs(movement, known.get(one), captures[f"{_PREFIX}{one}"], suspended.get(one, 0))
            wrong += [f"movement {one}: {each}" for each in found]
    return wrong


def wrongs(movement: Row, ours: Row | None, captures: int, suspended: int) -> Iterator[str]:
    """One transfer: what we keep of it, how often it was counted, and what of it stands in suspense."""
    amount = _minor(movement)
    if ours is not None and ours["amount_minor"] != amount:
        yield f"we read {ours['amount_minor']}, the bank says {amount}"
    accounted = captures * amount + suspended
    if accounted == amount and captures <= 1:
        return
    if accounted or (ours is not None and ours["status"] in _ENDED):
        yield f"{amount} came in, {captures} times it was counted and {suspended} stands in suspense"


def _minor(movement: Row) -> int:
    return int(movement["sandbox"]["amount_minor"])
