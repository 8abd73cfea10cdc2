"""The tables, described once for the statements and for Alembic: one file per subject.

Every schema has them all: `webhook` is written in `shared` only, the others in each vertical's.
"""

from payments.store.tables.base import METADATA
from payments.store.tables.cases import RECONCILIATION_CASE
from payments.store.tables.ledger import LEDGER_POSTING, LEDGER_TRANSACTION
from payments.store.tables.payments import ATTEMPT, CHARGE, INTENT, PAYABLE, PROVIDER, REFUND
from payments.store.tables.webhooks import WEBHOOK
from payments.store.tables.withdrawal import CONTACT, WITHDRAWAL

__all__ = [
    "ATTEMPT",
    "CHARGE",
    "CONTACT",
    "INTENT",
    "LEDGER_POSTING",
    "LEDGER_TRANSACTION",
    "METADATA",
    "PAYABLE",
    "PROVIDER",
    "RECONCILIATION_CASE",
    "REFUND",
    "WEBHOOK",
    "WITHDRAWAL",
]
