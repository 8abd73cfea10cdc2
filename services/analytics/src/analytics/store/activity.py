"""What client apps reported."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text

from common.db import Session, statement
from contracts.analytics import ClientActivity

_INSERT: Final = statement(
    text("""
        INSERT INTO activity (id, session_id, account_id, provider_id, kind, name, at)
        VALUES (:id, :session_id, :account_id, :provider_id, :kind, :name, :at)
    """)
)
# The ids are UUIDv7: the lowest are the oldest.
_DELETE_OLD: Final = statement(
    text("""
        WITH oldest AS (SELECT id, at FROM activity ORDER BY id LIMIT :most)
        DELETE FROM activity USING oldest
        WHERE activity.id = oldest.id AND oldest.at < app_now() - CAST(:age AS interval)
    """)
)


async def insert_activity(session: Session, fact: ClientActivity) -> None:
    """One report."""
    await session.run(
        _INSERT,
        id=fact.activity_id,
        session_id=fact.session_id,
        account_id=fact.account_id,
        provider_id=fact.provider_id,
        kind=fact.kind,
        name=fact.name,
        at=fact.at,
    )


async def delete_old_activity(session: Session, age: timedelta, most: int) -> int:
    """Forget at most `most` of the oldest reports, as far as they are older than `age`; how many went."""
    return await session.run(_DELETE_OLD, age=age, most=most)
