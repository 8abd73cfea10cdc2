"""The ledger, which is only ever added to, and the cases in which something does not fit."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import ProviderId, new_id
from payments.domain.intent import Intent
from payments.domain.ledger import Entry

INSERT_ENTRY: Final = statement(
    text("""
        WITH entry AS (
            INSERT INTO ledger_transaction (id, reference, kind, intent_id, booking_id, charge_id, provider_id)
            VALUES (:id, :reference, :kind, :intent_id, :booking_id, :charge_id, :provider_id) RETURNING id
        )
        INSERT INTO ledger_posting (transaction_id, line, account, currency, amount_minor)
        SELECT entry.id, line.* FROM entry, unnest(CAST(:lines AS smallint[]), CAST(:accounts AS text[]),
                                                   CAST(:currencies AS text[]), CAST(:amounts AS bigint[])) AS line
    """)
)
IMBALANCE_OF_DAY: Final = statement(
    text("""
        SELECT coalesce(sum(abs(off)), 0)
        FROM (SELECT sum(posting.amount_minor) AS off
              FROM ledger_transaction AS entry JOIN ledger_posting AS posting ON posting.transaction_id = entry.id
              WHERE entry.booked_at > app_now() - interval '1 day' GROUP BY entry.id, posting.currency) AS each
    """)
)
IMBALANCE_OF_PAGE: Final = statement(
    text("""
        WITH page AS (SELECT id FROM ledger_transaction WHERE id > :after ORDER BY id LIMIT :most)
        SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last, coalesce(sum(abs(off)), 0) AS off
        FROM (SELECT sum(posting.amount_minor) AS off
              FROM page JOIN ledger_posting AS posting ON posting.transaction_id = page.id
              GROUP BY page.id, posting.currency) AS each
    """)
)
OPEN_CASE: Final = statement(
    text("""
        INSERT INTO reconciliation_case AS known (id, kind, subject, intent_id, booking_id, found)
        VALUES (:id, :kind, :subject, :intent_id, :booking_id, :found)
        ON CONFLICT (kind, subject) WHERE closed_at IS NULL
        DO UPDATE SET times = known.times + 1, seen_at = app_now(), found = excluded.found
    """)
)
COUNT_CASES: Final = statement(text("SELECT count(*) FROM reconciliation_case WHERE closed_at IS NULL"))


@dataclass(frozen=True, slots=True)
class Case:
    """Something a person has to settle: `subject` is the id it is about, `found` what was seen; nobody is named."""

    kind: str
    subject: str
    found: str
    intent: Intent | None = None


async def insert_entry(session: Session, intent: Intent, charge_id: str, entry: Entry) -> UUID:
    """Book an entry; its id. asyncpg.UniqueViolationError when its effect is booked already."""
    return await _insert(
        session,
        entry,
        intent_id=intent.id,
        booking_id=intent.booking_id,
        charge_id=charge_id,
        provider_id=intent.provider_id,
    )


async def insert_entry_apart(session: Session, provider_id: ProviderId | None, entry: Entry) -> UUID:
    """The same for an entry that is of no payment."""
    return await _insert(session, entry, intent_id=None, booking_id=None, charge_id=None, provider_id=provider_id)


async def _insert(session: Session, entry: Entry, **of: UUID | str | None) -> UUID:
    entry_id = new_id()
    await session.run(
        INSERT_ENTRY,
        id=entry_id,
        reference=entry.reference,
        kind=entry.kind,
        lines=list(range(1, len(entry.postings) + 1)),
        accounts=[posting.account for posting in entry.postings],
        currencies=[posting.amount.currency for posting in entry.postings],
        amounts=[posting.amount.minor for posting in entry.postings],
        **of,
    )
    return entry_id


async def find_imbalance(session: Session) -> int:
    """By how many centavos the last day's entries miss zero, each by itself."""
    return int(await session.value(IMBALANCE_OF_DAY))


async def page_imbalance(session: Session, after: UUID, most: int) -> tuple[UUID | None, int]:
    """The last of at most `most` entries by id, None when there are none, and by how much they miss zero."""
    row = await session.one(IMBALANCE_OF_PAGE, after=after, most=most)
    return (row["last"], int(row["off"])) if row is not None else (None, 0)


async def open_case(session: Session, case: Case) -> None:
    """Open a case, or count the open one of the same kind and subject once more."""
    await session.run(
        OPEN_CASE,
        id=new_id(),
        kind=case.kind,
        subject=case.subject,
        intent_id=case.intent.id if case.intent is not None else None,
        booking_id=case.intent.booking_id if case.intent is not None else None,
        found=case.found,
    )


async def count_cases(session: Session) -> int:
    """How many cases wait for a person."""
    return int(await session.value(COUNT_CASES))
