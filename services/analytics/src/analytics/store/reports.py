"""What other parts of the platform reported of themselves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from analytics.domain.reports import PartReport, Reported, Subject
from common.db import Session, statement

_INSERT: Final = statement(
    text("""
        INSERT INTO report (id, subject, name, outcome, count, at)
        VALUES (:id, :subject, :name, :outcome, :count, app_now())
    """)
)
# Of connections the last word counts, of notifications the sum.
_FIND: Final = statement(
    text("""
        WITH lately AS (
            SELECT id, subject, name, outcome, count, at FROM report WHERE at > app_now() - CAST(:age AS interval)
        ), connections AS (
            SELECT DISTINCT ON (name) subject, name, outcome, count, at FROM lately
            WHERE subject = 'connections' ORDER BY name, at DESC, id DESC
        )
        SELECT subject, name, outcome, count, at FROM connections
        UNION ALL
        SELECT subject, name, outcome, CAST(sum(count) AS bigint) AS count, max(at) AS at FROM lately
        WHERE subject = 'webhooks' GROUP BY subject, name, outcome
        ORDER BY subject, name, outcome
    """)
)
# The ids are UUIDv7: the lowest are the oldest.
_DELETE_OLD: Final = statement(
    text("""
        WITH oldest AS (SELECT id, at FROM report ORDER BY id LIMIT :most)
        DELETE FROM report USING oldest
        WHERE report.id = oldest.id AND oldest.at < app_now() - CAST(:age AS interval)
    """)
)


async def insert_report(session: Session, report_id: UUID, report: PartReport) -> None:
    """One report."""
    await session.run(
        _INSERT,
        id=report_id,
        subject=report.subject,
        name=report.name,
        outcome=report.outcome,
        count=report.count,
    )


async def find_reported(session: Session, age: timedelta) -> Sequence[Reported]:
    """The last count of connections of each who reported, and the sums of notifications, not older than `age`."""
    rows = await session.all(_FIND, age=age)
    return [
        Reported(PartReport(Subject(row["subject"]), row["name"], row["outcome"], row["count"]), row["at"])
        for row in rows
    ]


async def delete_old_reports(session: Session, age: timedelta, most: int) -> int:
    """Forget at most `most` of the oldest reports, as far as they are older than `age`; how many went."""
    return await session.run(_DELETE_OLD, age=age, most=most)
