"""MercadoPago's reports: which are wanted, how far each is, and their lines. In `shared`, but for our own captures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Row as DbRow
from common.db import Session, statement
from common.money import Money
from contracts.ids import PaymentId, new_id
from payments.domain.charge import ChargeId
from payments.domain.reference import Reference
from payments.domain.settlement import Reported, Row

# One each day since the last one, so that none is left out when the worker was away; a month at most.
WANT_REPORTS: Final = statement(
    text("""
        INSERT INTO report (id, day, status, due_at, missing_due_at)
        SELECT gen_random_uuid(), day, 'wanted',
               (day + 1 + CAST('04:00' AS time)) AT TIME ZONE 'America/Argentina/Buenos_Aires',
               (day + 4 + CAST('12:00' AS time)) AT TIME ZONE 'America/Argentina/Buenos_Aires'
        FROM (SELECT CAST(app_now() AT TIME ZONE 'America/Argentina/Buenos_Aires' AS date) - 1 AS yesterday) AS today,
             LATERAL (SELECT CAST(each AS date) AS day
                      FROM generate_series(greatest(coalesce((SELECT max(day) + 1 FROM report), yesterday),
                                                    yesterday - 30),
                                           yesterday, interval '1 day') AS each) AS days
        ON CONFLICT (day) DO NOTHING
    """)
)
WANT_REPORT: Final = statement(
    text("""
        INSERT INTO report AS known (id, day, status, due_at, missing_due_at)
        VALUES (:id, :day, 'wanted', app_now(),
                (CAST(:day AS date) + 4 + CAST('12:00' AS time)) AT TIME ZONE 'America/Argentina/Buenos_Aires')
        ON CONFLICT (day) DO UPDATE SET status = 'wanted', tries = 0, problem = NULL, due_at = app_now()
        WHERE known.status = 'failed'
    """)
)
CLAIM_REPORT: Final = statement(
    text("""
        UPDATE report SET due_at = app_now() + :lease, tries = tries + 1
        WHERE id = (SELECT id FROM report WHERE due_at <= app_now()
                    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *
    """)
)
TAKE_REPORT: Final = statement(
    text("""
        UPDATE report SET due_at = app_now() + :lease, tries = tries + 1
        WHERE day = :day AND status = ANY (ARRAY['wanted', 'asked', 'ready']) RETURNING *
    """)
)
MOVE_REPORT: Final = statement(
    text("""
        UPDATE report SET status = :status, file_name = coalesce(CAST(:file_name AS text), file_name),
               lines = coalesce(CAST(:lines AS integer), lines), tries = 0, problem = :problem,
               due_at = app_now() + CAST(:wait AS interval)
        WHERE id = :id
    """)
)
PUT_OFF_REPORT: Final = statement(
    text("UPDATE report SET due_at = app_now() + CAST(:wait AS interval), problem = :problem WHERE id = :id")
)
FIND_REPORTS: Final = statement(text("SELECT * FROM report WHERE day BETWEEN :first AND :last ORDER BY day"))
INSERT_ROWS: Final = statement(
    text("""
        INSERT INTO report_row (report_id, line, source_id, kind, vertical, intent_id, currency, amount_minor,
                                fee_minor, tax_minor, net_minor)
        SELECT CAST(:report_id AS uuid), line.*
        FROM unnest(CAST(:lines AS integer[]), CAST(:sources AS text[]), CAST(:kinds AS text[]),
                    CAST(:verticals AS text[]), CAST(:intents AS uuid[]), CAST(:currencies AS text[]),
                    CAST(:amounts AS bigint[]), CAST(:fees AS bigint[]), CAST(:taxes AS bigint[]),
                    CAST(:nets AS bigint[])) AS line
        ON CONFLICT (report_id, line) DO NOTHING
    """)
)
# All that any report says of a payment, of those that this report says anything of.
PAGE_REPORTED: Final = statement(
    text("""
        SELECT source_id, min(currency) AS currency, max(vertical) AS vertical,
               (array_agg(intent_id ORDER BY line) FILTER (WHERE intent_id IS NOT NULL))[1] AS intent_id,
               count(*) FILTER (WHERE kind = 'SETTLEMENT') AS settlements,
               count(*) FILTER (WHERE kind = ANY (ARRAY['CHARGEBACK', 'DISPUTE'])) AS others,
               coalesce(sum(amount_minor) FILTER (WHERE kind = 'SETTLEMENT'), 0) AS amount,
               coalesce(sum(-amount_minor) FILTER (WHERE kind = 'REFUND'), 0) AS refunded,
               sum(-fee_minor) AS fee, sum(-tax_minor) AS tax
        FROM report_row
        WHERE source_id = ANY (ARRAY(SELECT DISTINCT source_id FROM report_row
                                     WHERE report_id = :report_id AND source_id > :after
                                     ORDER BY source_id LIMIT :most))
          AND kind = ANY (ARRAY['SETTLEMENT', 'REFUND', 'CHARGEBACK', 'DISPUTE'])
        GROUP BY source_id ORDER BY source_id
    """)
)
LAST_OF_PAGE: Final = statement(
    text("""
        SELECT max(source_id) FROM (SELECT DISTINCT source_id FROM report_row
                                    WHERE report_id = :report_id AND source_id > :after
                                    ORDER BY source_id LIMIT :most) AS page
    """)
)
FIND_REPORTED: Final = statement(
    text("""
        SELECT DISTINCT source_id FROM report_row
        WHERE source_id = ANY(CAST(:ids AS text[])) AND kind = 'SETTLEMENT'
    """)
)
# What should be in a report by now, once the three reports after it are read as well; looked at hourly until then.
CLAIM_MISSING: Final = statement(
    text("""
        UPDATE report SET missing_due_at = app_now() + interval '1 hour'
        WHERE id = (SELECT id FROM report AS old
                    WHERE missing_due_at <= app_now()
                      AND (SELECT count(*) FROM report AS later
                           WHERE later.day BETWEEN old.day AND old.day + 3 AND later.status = 'imported') = 4
                    ORDER BY day LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *
    """)
)
END_MISSING: Final = statement(text("UPDATE report SET missing_due_at = NULL WHERE id = :id"))
PAGE_CAPTURED: Final = statement(
    text("""
        SELECT t.id, t.charge_id, t.intent_id, c.captured_minor, c.currency
        FROM ledger_transaction t JOIN charge c ON c.id = t.charge_id
        WHERE t.kind = 'capture' AND c.at = 'mercadopago'
          AND t.booked_at >= :first AND t.booked_at < :last AND t.id > :after
        ORDER BY t.id LIMIT :most
    """)
)


class ReportStatus(StrEnum):
    """`wanted`: to be asked for; `asked`: being made; `ready`: to be fetched; `failed` waits for a person."""

    WANTED = "wanted"
    ASKED = "asked"
    READY = "ready"
    IMPORTED = "imported"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """One day's report and how far it is. `tries` counts those of its present state."""

    id: UUID
    day: date
    status: ReportStatus
    file_name: str | None
    lines: int | None
    tries: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Captured:
    """A capture that we booked."""

    entry_id: UUID
    charge_id: ChargeId
    intent_id: PaymentId
    amount: Money


async def want_reports(session: Session) -> None:
    """Every day's report up to yesterday's, each due from 4 in the morning on."""
    await session.run(WANT_REPORTS)


async def want_report(session: Session, day: date) -> None:
    """That day's report at once, once more if it failed."""
    await session.run(WANT_REPORT, id=new_id(), day=day)


async def claim_report(session: Session, lease: timedelta) -> Report | None:
    """The one that is due; nobody else takes it within `lease`."""
    row = await session.one(CLAIM_REPORT, lease=lease)
    return _report(row) if row is not None else None


async def take_report(session: Session, day: date, lease: timedelta) -> Report | None:
    """That day's, due or not, unless it has come to an end."""
    row = await session.one(TAKE_REPORT, day=day, lease=lease)
    return _report(row) if row is not None else None


async def move_report(
    session: Session,
    report: Report,
    status: ReportStatus,
    wait: timedelta | None = None,
    *,
    file_name: str | None = None,
    lines: int | None = None,
    problem: str | None = None,
) -> None:
    """Its next state; without `wait` nothing more is done about it."""
    await session.run(
        MOVE_REPORT, id=report.id, status=status, wait=wait, file_name=file_name, lines=lines, problem=problem
    )


async def put_off_report(session: Session, report: Report, wait: timedelta, problem: str | None) -> None:
    """The same state again in a while."""
    await session.run(PUT_OFF_REPORT, id=report.id, wait=wait, problem=problem)


async def find_reports(session: Session, first: date, last: date) -> list[Report]:
    """Those of some days."""
    return [_report(row) for row in await session.all(FIND_REPORTS, first=first, last=last)]


async def insert_rows(session: Session, report_id: UUID, rows: Sequence[Row]) -> None:
    """Lines of a report; those that are there stay as they are."""
    await session.run(
        INSERT_ROWS,
        report_id=report_id,
        lines=[row.line for row in rows],
        sources=[row.source_id for row in rows],
        kinds=[row.kind for row in rows],
        verticals=[row.reference.vertical if row.reference is not None else None for row in rows],
        intents=[row.reference.intent_id if row.reference is not None else None for row in rows],
        currencies=[row.amount.currency for row in rows],
        amounts=[row.amount.minor for row in rows],
        fees=[row.fee.minor for row in rows],
        taxes=[row.tax.minor for row in rows],
        nets=[row.net.minor for row in rows],
    )


async def page_reported(
    session: Session, report_id: UUID, after: str, most: int
) -> tuple[str | None, Sequence[Reported]]:
    """The last id of the next page of a report's payments, None when there is none, and what reports say of them."""
    last: str | None = await session.value(LAST_OF_PAGE, report_id=report_id, after=after, most=most)
    rows = await session.all(PAGE_REPORTED, report_id=report_id, after=after, most=most) if last is not None else ()
    return last, [_reported(row) for row in rows]


async def find_reported(session: Session, charge_ids: Sequence[ChargeId]) -> set[ChargeId]:
    """Of these those that any report has settled."""
    return {row["source_id"] for row in await session.all(FIND_REPORTED, ids=charge_ids)}


async def claim_missing(session: Session) -> Report | None:
    """A day whose captures should all be in reports by now; the next hour is somebody's to look."""
    row = await session.one(CLAIM_MISSING)
    return _report(row) if row is not None else None


async def end_missing(session: Session, report: Report) -> None:
    """That day was looked at."""
    await session.run(END_MISSING, id=report.id)


async def page_captured(session: Session, span: tuple[datetime, datetime], after: UUID, most: int) -> list[Captured]:
    """The captures booked in that time, the second instant not included; of a vertical."""
    rows = await session.all(PAGE_CAPTURED, first=span[0], last=span[1], after=after, most=most)
    return [
        Captured(row["id"], row["charge_id"], row["intent_id"], Money(row["captured_minor"], row["currency"]))
        for row in rows
    ]


def _report(row: DbRow) -> Report:
    names = ("id", "day", "file_name", "lines", "tries", "problem")
    return Report(**{name: row[name] for name in names}, status=ReportStatus(row["status"]))


def _reported(row: DbRow) -> Reported:
    known = row["vertical"] is not None and row["intent_id"] is not None
    return Reported(
        source_id=row["source_id"],
        reference=Reference(row["vertical"], row["intent_id"]) if known else None,
        settlements=row["settlements"],
        others=row["others"],
        **{name: Money(int(row[name]), row["currency"]) for name in ("amount", "refunded", "fee", "tax")},
    )
