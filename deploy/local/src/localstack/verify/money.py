"""I3: the ledger only grows, each transaction sums to zero, and it matches MercadoPago's records both ways."""

from typing import Final

from localstack.scopes import role
from localstack.verify.evidence import Evidence, taken_and_returned
from localstack.verify.verdict import Verdict, verdict

_UNBALANCED: Final = """
    SELECT transaction_id AS id FROM ledger_posting
    GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0
"""
_EMPTY: Final = """
    SELECT id FROM ledger_transaction WHERE NOT EXISTS
        (SELECT FROM ledger_posting WHERE transaction_id = ledger_transaction.id)
"""
_BY_CHARGE: Final = """
    SELECT charge_id, sum(amount_minor) FILTER (WHERE kind = 'capture') AS captured,
           -sum(amount_minor) FILTER (WHERE kind = 'refund') AS refunded
    FROM ledger_transaction JOIN ledger_posting ON transaction_id = id
    WHERE account = 'psp_clearing' GROUP BY charge_id
"""
_RIGHTS: Final = """
    SELECT bool_or(has_table_privilege($1, name, right_)) AS allowed
    FROM unnest(ARRAY['ledger_transaction', 'ledger_posting']) AS name, unnest(ARRAY['UPDATE', 'DELETE']) AS right_
"""


async def ledger_matches(evidence: Evidence) -> Verdict:
    """Every posting, every charge of ours, and every payment that MercadoPago knows."""
    checked, broken, ours = 0, [], dict[str, tuple[int, int]]()
    for vertical in evidence.verticals:
        checked += await evidence.count("payments", vertical, "SELECT count(*) FROM ledger_transaction")
        for query in (_UNBALANCED, _EMPTY):
            rows = await evidence.rows("payments", vertical, query)
            broken += [f"{vertical}: ledger transaction {row['id']} does not sum to zero or is empty" for row in rows]
        for row in await evidence.rows("payments", vertical, _BY_CHARGE):
            ours[row["charge_id"]] = (int(row["captured"] or 0), int(row["refunded"] or 0))
        (rights,) = await evidence.rows("payments", vertical, _RIGHTS, role("payments", vertical))
        if rights["allowed"]:
            broken.append(f"{vertical}: the application may change or delete what the ledger says")
    broken += _differences(ours, _theirs(evidence))
    return verdict("I3", "the ledger balances and matches MercadoPago payment by payment", checked, broken)


def _theirs(evidence: Evidence) -> dict[str, tuple[int, int]]:
    figures = {str(payment["id"]): taken_and_returned(payment) for payment in evidence.payments}
    return {charge: amounts for charge, amounts in figures.items() if amounts != (0, 0)}


def _differences(ours: dict[str, tuple[int, int]], theirs: dict[str, tuple[int, int]]) -> list[str]:
    return [
        f"payment {charge}: ledger has {ours.get(charge, (0, 0))}, MercadoPago {theirs.get(charge, (0, 0))}"
        for charge in ours.keys() | theirs.keys()
        if ours.get(charge, (0, 0)) != theirs.get(charge, (0, 0))
    ]
