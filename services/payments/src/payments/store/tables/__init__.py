"""The tables, described once for the statements and for Alembic: one file per subject.

Every schema has them all. `webhook`, `search_window`, the reports, `bank_movement` and `bank_cursor` are written in
`shared` only, the ledger there for what is of no vertical; a case lies wherever what it is about belongs.
"""

from payments.store.tables.at_place import AT_PLACE
from payments.store.tables.base import METADATA
from payments.store.tables.cases import RECONCILIATION_CASE
from payments.store.tables.credit import CREDIT_ACCOUNT, CREDIT_MOVEMENT
from payments.store.tables.disputes import DISPUTE, DISPUTE_DOCUMENT, DISPUTE_SEARCH
from payments.store.tables.ledger import LEDGER_POSTING, LEDGER_TRANSACTION
from payments.store.tables.payments import ATTEMPT, CHARGE, INTENT, PAYABLE, PROVIDER, REFUND
from payments.store.tables.payouts import BANK_CURSOR, BANK_MOVEMENT, PAYOUT, PAYOUT_ACCOUNT, PAYOUT_BATCH
from payments.store.tables.reconciliation import REPORT, REPORT_ROW, SEARCH_WINDOW
from payments.store.tables.webhooks import WEBHOOK
from payments.store.tables.withdrawal import CONTACT, WITHDRAWAL

__all__ = [
    "ATTEMPT",
    "AT_PLACE",
    "BANK_CURSOR",
    "BANK_MOVEMENT",
    "CHARGE",
    "CONTACT",
    "CREDIT_ACCOUNT",
    "CREDIT_MOVEMENT",
    "DISPUTE",
    "DISPUTE_DOCUMENT",
    "DISPUTE_SEARCH",
    "INTENT",
    "LEDGER_POSTING",
    "LEDGER_TRANSACTION",
    "METADATA",
    "PAYABLE",
    "PAYOUT",
    "PAYOUT_ACCOUNT",
    "PAYOUT_BATCH",
    "PROVIDER",
    "RECONCILIATION_CASE",
    "REFUND",
    "REPORT",
    "REPORT_ROW",
    "SEARCH_WINDOW",
    "WEBHOOK",
    "WITHDRAWAL",
]
