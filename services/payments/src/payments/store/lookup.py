"""Everything about one payment or booking, for an operator who looks for it; each list is bounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import BookingId, PaymentId, RefundId
from payments.domain.charge import ChargeId

# Each part has an index of its own; what was not asked for is NULL and finds nothing.
FIND_INTENTS: Final = statement(
    text("""
        SELECT DISTINCT id FROM (
            SELECT id FROM intent WHERE id = CAST(:payment_id AS uuid)
            UNION ALL SELECT id FROM intent WHERE booking_id = CAST(:booking_id AS uuid)
            UNION ALL SELECT intent_id FROM charge WHERE id = CAST(:charge_id AS text)
            UNION ALL SELECT intent_id FROM refund WHERE id = CAST(:refund_id AS uuid)
            UNION ALL SELECT id FROM intent WHERE transfer_code = CAST(:transfer_code AS text)) AS found (id)
        ORDER BY id DESC LIMIT :most
    """)
)
FIND_ENTRIES: Final = statement(
    text("""
        SELECT t.id, t.reference, t.kind, t.intent_id, t.charge_id, t.booked_at,
               array_agg(p.account ORDER BY p.line) AS accounts, array_agg(p.currency ORDER BY p.line) AS currencies,
               array_agg(p.amount_minor ORDER BY p.line) AS amounts
        FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
        WHERE t.id = ANY (ARRAY(SELECT id FROM ledger_transaction WHERE intent_id = ANY(CAST(:intent_ids AS uuid[]))
                                ORDER BY id LIMIT :most))
        GROUP BY t.id ORDER BY t.id
    """)
)
FIND_NOTIFICATIONS: Final = statement(
    text("""
        SELECT id, resource_id, status, deliveries, tries, received_at, problem FROM webhook
        WHERE resource_key = ANY(CAST(:keys AS text[])) AND request_id <> '' ORDER BY received_at, id LIMIT :most
    """)
)
REFUNDS_OF: Final = statement(
    text("SELECT id FROM refund WHERE intent_id = ANY(CAST(:intent_ids AS uuid[])) ORDER BY id LIMIT :most")
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: one of these."""

    payment_id: PaymentId | None = None
    booking_id: BookingId | None = None
    charge_id: ChargeId | None = None
    refund_id: RefundId | None = None
    transfer_code: str | None = None


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """A ledger entry with its postings: account and amount, + debit, - credit."""

    id: UUID
    reference: str
    kind: str
    payment_id: PaymentId
    charge_id: ChargeId
    booked_at: datetime
    postings: Sequence[tuple[str, Money]]


@dataclass(frozen=True, slots=True)
class Received:
    """A notification as far as it may be shown: its body is not."""

    id: UUID
    charge_id: ChargeId
    status: str
    deliveries: int
    tries: int
    received_at: datetime
    problem: str | None

    @property
    def is_orphan(self) -> bool:
        """About a payment of nobody here."""
        return self.status == "orphan"


async def find_intent_ids(session: Session, wanted: Wanted, most: int) -> list[PaymentId]:
    """Which intents it is about, newest first."""
    rows = await session.all(
        FIND_INTENTS,
        payment_id=wanted.payment_id,
        booking_id=wanted.booking_id,
        charge_id=wanted.charge_id,
        refund_id=wanted.refund_id,
        transfer_code=wanted.transfer_code,
        most=most,
    )
    return [row["id"] for row in rows]


async def find_refund_ids(session: Session, intent_ids: Sequence[PaymentId], most: int) -> list[RefundId]:
    """Their refunds."""
    return [row["id"] for row in await session.all(REFUNDS_OF, intent_ids=intent_ids, most=most)]


async def find_entries(session: Session, intent_ids: Sequence[PaymentId], most: int) -> list[BookedEntry]:
    """Their entries, oldest first."""
    return [_entry(row) for row in await session.all(FIND_ENTRIES, intent_ids=intent_ids, most=most)]


async def find_notifications(session: Session, charge_ids: Sequence[ChargeId], most: int) -> list[Received]:
    """Signed notifications of these payments, oldest first; of the shared scope."""
    rows = await session.all(FIND_NOTIFICATIONS, keys=[f"payment:{each}" for each in charge_ids], most=most)
    return [
        Received(
            charge_id=row["resource_id"],
            **{name: row[name] for name in ("id", "status", "deliveries", "tries", "received_at", "problem")},
        )
        for row in rows
    ]


def _entry(row: Row) -> BookedEntry:
    lines = zip(row["accounts"], row["currencies"], row["amounts"], strict=True)
    return BookedEntry(
        row["id"],
        row["reference"],
        row["kind"],
        row["intent_id"],
        row["charge_id"],
        row["booked_at"],
        [(account, Money(minor, currency)) for account, currency, minor in lines],
    )
