"""I3: what each payment left on the ledger's accounts is what it must be, reckoned here a second time.

From MercadoPago's record of the payment, the tariff it was begun under, and booking's word on whether the service is
over; nothing of payments' own arithmetic is used.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence, taken_and_returned

_BOOKED: Final = """
    SELECT charge_id, account, sum(amount_minor) AS amount
    FROM ledger_transaction JOIN ledger_posting ON transaction_id = ledger_transaction.id
    WHERE charge_id IS NOT NULL GROUP BY 1, 2
"""
_CHARGES: Final = """
    SELECT charge.id, surplus, earned, commission_bps, vat_bps, intent.booking_id,
           intent.status = 'paid_late' AND EXISTS (
               SELECT FROM refund WHERE refund.intent_id = intent.id AND refund.status <> 'rejected') AS sent_back
    FROM charge JOIN intent ON intent.id = intent_id
    WHERE NOT EXISTS (SELECT FROM reconciliation_case c WHERE closed_at IS NULL
                      AND (c.subject = charge.id OR c.intent_id = charge.intent_id))
"""
_OVER: Final = "SELECT id FROM booking WHERE status IN ('completed', 'no_show', 'cancelled')"
_ASSETS: Final = (
    "psp_clearing",
    "psp_available",
    "bank",
    "client_credit",
    "dispute_hold",
    "psp_fees",
    "chargeback_loss",
    "tax_withheld",
)
_SHARES: Final = ("provider_payable", "commission_revenue", "vat_payable")
_CONTESTED: Final = frozenset({"in_mediation", "charged_back"})
_WON: Final = ("charged_back", "reimbursed")
_LOST: Final = ("charged_back", "settled")
_WHOLE: Final = 10_000


async def accounts_add_up(evidence: Evidence, vertical: str) -> list[str]:
    """What is wrong, one line each. Charges with an open case wait for a person and are left out."""
    theirs = {str(payment["id"]): payment for payment in evidence.payments}
    booked: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await evidence.rows("payments", vertical, _BOOKED):
        booked[row["charge_id"]][row["account"]] = int(row["amount"])
    over = {row["id"] for row in await evidence.rows("booking", vertical, _OVER)}
    wrong = list[str]()
    for charge in await evidence.rows("payments", vertical, _CHARGES):
        payment = theirs.get(charge["id"])
        if payment is not None:
            found = _wrongs(booked[charge["id"]], charge, payment, over=charge["booking_id"] in over)
            wrong += [f"payment {charge['id']}: {one}" for one in found]
    return wrong


def _wrongs(booked: Mapping[str, int], charge: Row, payment: Row, *, over: bool) -> Iterator[str]:
    taken, returned = taken_and_returned(payment)
    verdict = (payment["status"], payment["status_detail"])
    lost = verdict == _LOST and returned < taken
    # All that was left went back to the payer's bank.
    returned = taken if lost else returned
    kept = taken - returned
    if (assets := sum(booked.get(name, 0) for name in _ASSETS)) != kept:
        yield f"accounts of ours have {assets}, MercadoPago took {taken} and gave back {returned}"
    # What MercadoPago keeps of a payment that a dispute took back is lost, and no price of anything.
    fees = booked.get("chargeback_loss" if lost else "psp_fees", 0)
    if fees != (wanted := _fees(payment) if taken else 0):
        yield f"fees are booked as {fees}, MercadoPago says {wanted}"
    # Nothing is under way any more: late money that its booking neither took nor wants to go back stays where it is.
    if kept and over and not charge["surplus"] and not charge["earned"] and not charge["sent_back"]:
        yield "the service is over and nobody has earned it"
    contested = payment["status"] in _CONTESTED and verdict not in {_WON, _LOST}
    if (hold := booked.get("dispute_hold", 0)) != (kept if contested else 0):
        yield f"{hold} is held for a dispute, and must be {kept if contested else 0}"
    earned = charge["earned"] and not charge["surplus"] and not contested
    wanted_shares = _shares(taken, returned, charge) if earned else (0, 0, 0)
    shares = tuple(-booked.get(name, 0) for name in _SHARES)
    if shares != wanted_shares:
        yield f"provider, commission and VAT are {shares}, and must be {wanted_shares}"
    if (held := -booked.get("booking_held", 0)) != (0 if earned else kept):
        yield f"{held} is held for the booking, and must be {0 if earned else kept}"


def _shares(taken: int, returned: int, charge: Row) -> tuple[int, int, int]:
    """What provider, platform and treasury have of what was kept."""
    fee = _half_up(Fraction(taken * charge["commission_bps"], _WHOLE))
    vat = _half_up(Fraction(fee * charge["vat_bps"], _WHOLE))
    commission, tax = (one - _half_up(Fraction(one * returned, taken)) if taken else 0 for one in (fee, vat))
    return taken - returned - commission - tax, commission, tax


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def _fees(payment: Row) -> int:
    """What MercadoPago keeps of the collector's side, in centavos."""
    return sum(round(one["amount"] * 100) for one in payment["fee_details"] if one["fee_payer"] == "collector")
