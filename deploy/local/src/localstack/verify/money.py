"""I3: the ledger only grows, each transaction sums to zero, and it matches MercadoPago's records both ways.

Payment by payment: status, amounts and each refund of MercadoPago's against our charges and our ledger, and what is on
the accounts because of it (`accounts.py`). Payout by payout: what is on the accounts (`payouts.py`), and what the bank
did (`bank.py`); of what clients transferred the movements say the same (`transfers.py`), of what they paid with their
credit the credit's own (`credit.py`). The shared ledger, of money
that is no vertical's, has no payments: it is judged by itself. That nobody changed an entry cannot be seen afterwards;
that nobody may is what is checked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localstack.reading import Row
from localstack.scopes import SHARED, role
from localstack.verify.accounts import accounts_add_up
from localstack.verify.bank import bank_agrees
from localstack.verify.credit import credits_add_up
from localstack.verify.evidence import Evidence, taken_and_returned
from localstack.verify.payouts import payouts_add_up
from localstack.verify.transfers import transfers_add_up
from localstack.verify.verdict import Verdict, verdict

_UNBALANCED: Final = """
    SELECT transaction_id AS id FROM ledger_posting
    GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0
"""
_EMPTY: Final = """
    SELECT id FROM ledger_transaction WHERE NOT EXISTS
        (SELECT FROM ledger_posting WHERE transaction_id = ledger_transaction.id)
"""
_STRAY: Final = """
    SELECT transaction_id AS id FROM ledger_posting WHERE NOT EXISTS
        (SELECT FROM ledger_transaction WHERE id = transaction_id)
"""
_ENTRIES: Final = """
    SELECT charge_id, kind, reference, sum(amount_minor) AS amount FROM ledger_transaction
    JOIN ledger_posting ON transaction_id = id
    WHERE kind IN ('capture', 'refund') AND account = ANY ($1)
    GROUP BY 1, 2, 3
"""
_PLACES: Final = ["psp_clearing", "psp_available", "bank", "client_credit", "dispute_hold"]
_CHARGES: Final = """
    SELECT id, status, captured_minor, refunded_minor,
           EXISTS (SELECT FROM reconciliation_case c WHERE closed_at IS NULL
                   AND (c.subject = charge.id OR c.intent_id = charge.intent_id)) AS disputed
    FROM charge
"""
_INTENTS: Final = "SELECT id FROM intent"
_CASES: Final = "SELECT subject FROM reconciliation_case WHERE closed_at IS NULL"
_RIGHTS: Final = """
    SELECT name, right_ FROM unnest(ARRAY['ledger_transaction', 'ledger_posting']) AS name,
                             unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_
    WHERE has_table_privilege($1, name, right_)
"""


@dataclass
class _Ours:
    """What we have of MercadoPago's payments: charges by id; by charge captures, and refunds by their id there."""

    charges: dict[str, Row] = field(default_factory=dict)
    captured: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refunds: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    references: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)


async def ledger_matches(evidence: Evidence) -> Verdict:
    """Every posting, every charge of ours, and every payment that MercadoPago knows."""
    ours = _Ours()
    checked, broken = await ledgers_are_sound(evidence)
    for vertical in evidence.verticals:
        broken += [f"{vertical}: {wrong}" for wrong in await accounts_add_up(evidence, vertical)]
        broken += [f"{vertical}: {wrong}" for wrong in await payouts_add_up(evidence, vertical)]
        broken += [f"{vertical}: {wrong}" for wrong in await credits_add_up(evidence, vertical)]
        await _remember(evidence, vertical, ours)
    broken += await bank_agrees(evidence)
    broken += await transfers_add_up(evidence, evidence.verticals, evidence.movements)
    theirs = {str(payment["id"]): payment for payment in evidence.payments}
    for charge_id in sorted(theirs.keys() | ours.charges.keys() | ours.captured.keys() | ours.refunds.keys()):
        broken += [f"payment {charge_id}: {one}" for one in _differences(charge_id, ours, theirs.get(charge_id))]
    return verdict("I3", "the ledger balances and matches MercadoPago payment by payment", checked, broken)


async def ledgers_are_sound(evidence: Evidence) -> tuple[int, list[str]]:
    """Each vertical's ledger and the shared one by themselves: how many transactions there are, and what is wrong."""
    checked, broken = 0, list[str]()
    for scope in (*evidence.verticals, SHARED):
        checked += await evidence.count("payments", scope, "SELECT count(*) FROM ledger_transaction")
        broken += [f"{scope}: {wrong}" for wrong in await _unsound(evidence, scope)]
    return checked, broken


async def _unsound(evidence: Evidence, scope: str) -> list[str]:
    broken = list[str]()
    for query in (_UNBALANCED, _EMPTY, _STRAY):
        rows = await evidence.rows("payments", scope, query)
        broken += [f"ledger transaction {row['id']} does not sum to zero or is empty" for row in rows]
    rights = await evidence.rows("payments", scope, _RIGHTS, role("payments", scope))
    return broken + [f"the application may {row['right_']} {row['name']}" for row in rights]


async def _remember(evidence: Evidence, vertical: str, ours: _Ours) -> None:
    ours.charges |= {row["id"]: row for row in await evidence.rows("payments", vertical, _CHARGES)}
    for row in await evidence.rows("payments", vertical, _ENTRIES, _PLACES):
        if row["kind"] == "capture":
            ours.captured[row["charge_id"]] += int(row["amount"])
        else:
            ours.refunds[row["charge_id"]][row["reference"].removeprefix("refund:")] = -int(row["amount"])
    ours.references |= {f"{vertical}.{row['id']}" for row in await evidence.rows("payments", vertical, _INTENTS)}
    ours.cases |= {row["subject"] for row in await evidence.rows("payments", vertical, _CASES)}


def _differences(charge_id: str, ours: _Ours, payment: Row | None) -> Iterator[str]:
    """Our charge and our ledger against MercadoPago's payment. An open case excuses our charge, never the ledger."""
    taken, returned = taken_and_returned(payment) if payment is not None else (0, 0)
    booked = ours.captured.get(charge_id, 0)
    if booked != taken:
        yield f"the ledger took {booked}, MercadoPago {taken}"
    refunds, given_back = ours.refunds.get(charge_id, {}), _refunds(payment)
    if refunds != given_back:
        yield f"the ledger gave back {_listed(refunds)}, MercadoPago {_listed(given_back)}"
    charge = ours.charges.get(charge_id)
    if payment is None or charge is None:
        if (charge is not None or _is_ours(payment, ours)) and charge_id not in ours.cases:
            yield "we have it, MercadoPago does not" if payment is None else "MercadoPago has it, we do not"
    elif not charge["disputed"]:
        mine = (charge["status"], int(charge["captured_minor"]), int(charge["refunded_minor"]))
        if mine != (payment["status"], taken, returned):
            yield f"our charge is {mine}, MercadoPago's {(payment['status'], taken, returned)}"


def _is_ours(payment: Row | None, ours: _Ours) -> bool:
    return payment is not None and payment["external_reference"] in ours.references


def _refunds(payment: Row | None) -> Mapping[str, int]:
    found: list[dict[str, Any]] = payment["refunds"] if payment is not None else []
    return {str(refund["id"]): round(refund["amount"] * 100) for refund in found}


def _listed(refunds: Mapping[str, int]) -> str:
    return ", ".join(f"{amount} as {one}" for one, amount in sorted(refunds.items())) or "nothing"
