"""I3: what clients paid with their credit, and that every credit is what its movements and the ledger say.

A charge of credit is compared as if MercadoPago had it: what its client's movements took for that payment, and gave
back of it, is the other side.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from localstack.reading import Row, Verifier

_PAID: Final = """
    SELECT CAST(payment_id AS text) AS payment_id, kind, reference, amount_minor FROM credit_movement
    WHERE payment_id IS NOT NULL AND status = 'done' ORDER BY payment_id, id
"""
_CREDITS: Final = """
    SELECT client_id, balance_minor, currency,
           (SELECT coalesce(sum(amount_minor), 0) FROM credit_movement m
            WHERE m.client_id = a.client_id AND m.currency = a.currency AND status = 'done') AS moved_minor
    FROM credit_account a
"""
_OWED: Final = """
    SELECT -sum(amount_minor) AS minor FROM ledger_posting WHERE account = 'client_credit' AND currency = $1
"""
_CURRENCIES: Final = """
    SELECT currency FROM credit_account UNION SELECT currency FROM ledger_posting WHERE account = 'client_credit'
"""


async def credited(evidence: Verifier, verticals: Sequence[str]) -> list[Row]:
    """Payments by credit in the shape of MercadoPago's, by the movements of the clients who paid."""
    found = list[Row]()
    for vertical in verticals:
        rows = await evidence.rows("payments", vertical, _PAID)
        for payment_id, moves in groupby(rows, key=lambda row: str(row["payment_id"])):
            found += as_payment(f"{vertical}.{payment_id}", payment_id, list(moves))
    return found


def as_payment(reference: str, payment_id: str, moves: Sequence[Row]) -> Iterator[Row]:
    """The payment as its client's credit has it; nothing when nothing was ever spent on it."""
    taken = -sum(int(row["amount_minor"]) for row in moves if row["kind"] == "spent")
    if not taken:
        return
    back = [row for row in moves if row["kind"] == "returned"]
    returned = sum(int(row["amount_minor"]) for row in back)
    yield {
        "id": f"credit:{payment_id}",
        "external_reference": reference,
        "status": "refunded" if returned == taken else "approved",
        "status_detail": "credit",
        "fee_details": [],
        "refunds": [{"id": row["reference"], "amount": int(row["amount_minor"]) / 100} for row in back],
        "sandbox": {"captured_minor": taken - returned, "refunded_minor": returned},
    }


async def credits_add_up(evidence: Verifier, vertical: str) -> list[str]:
    """What is wrong with clients' credit, one line each."""
    rows = await evidence.rows("payments", vertical, _CREDITS)
    wrong = [one for row in rows for one in wrongs(row)]
    for each in await evidence.rows("payments", vertical, _CURRENCIES):
        currency = each["currency"]
        (owed,) = await evidence.rows("payments", vertical, _OWED, currency)
        had = sum(int(row["balance_minor"]) for row in rows if row["currency"] == currency)
        if off := int(owed["minor"] or 0) - had:
            wrong.append(f"the ledger owes clients {off} {currency} beside what they have")
    return wrong


def wrongs(row: Row) -> Iterator[str]:
    """One client's credit against what changed it."""
    balance, moved = int(row["balance_minor"]), int(row["moved_minor"])
    if balance != moved:
        yield f"the credit of {row['client_id']} is {balance}, its movements say {moved}"
    if balance < 0:
        yield f"the credit of {row['client_id']} is below zero"
