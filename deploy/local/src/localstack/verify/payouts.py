"""I3: what each payout left on the ledger's accounts is what its state says, reckoned here a second time.

And no provider was ever paid out more than it had: its entries are added up in the order in which they were booked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence

_PAYOUTS: Final = "SELECT CAST(id AS text) AS id, status, amount_minor FROM payout"
_BOOKED: Final = """
    SELECT split_part(reference, ':', 2) AS payout_id, account, sum(amount_minor) AS amount
    FROM ledger_transaction JOIN ledger_posting ON transaction_id = ledger_transaction.id
    WHERE kind IN ('payout', 'payout_executed', 'payout_reversed') GROUP BY 1, 2
"""
# What was taken from a provider in the moment of the payout may be booked under an earlier id: that is a debt.
_OVERPAID: Final = """
    WITH entry AS (
        SELECT t.id, reference, kind, booked_at, provider_id, currency, -amount_minor AS minor
        FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
        WHERE account = 'provider_payable')
    SELECT reference FROM entry AS payout
    WHERE kind = 'payout' AND 0 > (
        SELECT sum(minor) FROM entry
        WHERE entry.provider_id = payout.provider_id AND entry.currency = payout.currency AND entry.id <= payout.id
          AND (minor > 0 OR kind = 'payout' OR entry.booked_at < payout.booked_at - interval '10 seconds'))
"""
_UNDER_WAY: Final = frozenset({"due", "awaiting_approval", "approved", "batched", "sent"})


async def payouts_add_up(evidence: Evidence, vertical: str) -> list[str]:
    """What is wrong, one line each."""
    booked: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await evidence.rows("payments", vertical, _BOOKED):
        booked[row["payout_id"]][row["account"]] = int(row["amount"])
    wrong = list[str]()
    for payout in await evidence.rows("payments", vertical, _PAYOUTS):
        wrong += [f"payout {payout['id']}: {one}" for one in _wrongs(payout, booked.pop(payout["id"], {}))]
    wrong += [f"entries of payout {one}, which does not exist" for one in booked]
    overpaid = await evidence.rows("payments", vertical, _OVERPAID)
    return wrong + [f"{row['reference']} is more than its provider had" for row in overpaid]


def _wrongs(payout: Row, booked: Mapping[str, int]) -> Iterator[str]:
    amount, status = payout["amount_minor"], payout["status"]
    wanted: dict[str, int] = {}
    if status in _UNDER_WAY:
        wanted = {"provider_payable": amount, "payouts_in_transit": -amount}
    elif status == "executed":
        wanted = {"provider_payable": amount, "bank": -amount}
    found = {account: minor for account, minor in booked.items() if minor}
    if found != wanted:
        yield f"it is {status} and the accounts have {found}, not {wanted}"
