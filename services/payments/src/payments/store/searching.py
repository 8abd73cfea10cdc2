"""How far the hourly search has come, and what notifications had told of a payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from common.db import Session, statement
from payments.domain.charge import ChargeId
from payments.domain.searching import Window

# Before the first search: what changed earlier is the poller's.
BEGIN_SEARCH: Final = statement(
    text("""
        INSERT INTO search_window (name, reached_at) VALUES ('payments', app_now() - interval '1 day')
        ON CONFLICT (name) DO NOTHING
    """)
)
CLAIM_SEARCH: Final = statement(
    text("""
        UPDATE search_window SET
            due_at = app_now() + :lease, version = version + 1,
            start_at = coalesce(start_at, reached_at - CAST(:overlap AS interval)),
            stop_at = coalesce(stop_at, app_now() - CAST(:margin AS interval)),
            end_at = coalesce(end_at, app_now() - CAST(:margin AS interval))
        WHERE name = 'payments' AND due_at <= app_now()
        RETURNING version, start_at, stop_at, end_at, page_offset
    """)
)
# Whoever lost the lease meanwhile changes nothing.
SAVE_SEARCH: Final = statement(
    text("""
        UPDATE search_window SET start_at = :start, stop_at = :stop, end_at = :end, page_offset = :offset,
               due_at = app_now()
        WHERE name = 'payments' AND version = :version
    """)
)
END_SEARCH: Final = statement(
    text("""
        UPDATE search_window SET reached_at = end_at, start_at = NULL, stop_at = NULL, end_at = NULL, page_offset = 0,
               due_at = app_now() + :wait
        WHERE name = 'payments' AND version = :version AND end_at IS NOT NULL
    """)
)
PUT_OFF_SEARCH: Final = statement(
    text("UPDATE search_window SET due_at = app_now() + :wait WHERE name = 'payments' AND version = :version")
)
SEARCH_AGE: Final = statement(
    text("SELECT CAST(extract(epoch FROM app_now() - reached_at) AS float8) FROM search_window WHERE name = 'payments'")
)
FIND_TOLD: Final = statement(
    text("""
        SELECT DISTINCT resource_key FROM webhook
        WHERE resource_key = ANY(CAST(:keys AS text[])) AND request_id <> ''
    """)
)


@dataclass(frozen=True, slots=True)
class Search:
    """A search in our hands: what is next, and by which claim."""

    version: int
    window: Window


async def claim_search(session: Session, overlap: timedelta, margin: timedelta, lease: timedelta) -> Search | None:
    """The search that is due, or the one that a crash left; nobody else takes it within `lease`."""
    await session.run(BEGIN_SEARCH)
    row = await session.one(CLAIM_SEARCH, overlap=overlap, margin=margin, lease=lease)
    if row is None:
        return None
    return Search(row["version"], Window(row["start_at"], row["stop_at"], row["end_at"], row["page_offset"]))


async def save_search(session: Session, version: int, left: Window) -> None:
    """A page was applied: go on from here at once, whoever does."""
    await session.run(SAVE_SEARCH, version=version, start=left.start, stop=left.stop, end=left.end, offset=left.offset)


async def end_search(session: Session, version: int, wait: timedelta) -> None:
    """The whole window was applied: the cursor moves to its end."""
    await session.run(END_SEARCH, version=version, wait=wait)


async def put_off_search(session: Session, version: int, wait: timedelta) -> None:
    """The same page again in a while."""
    await session.run(PUT_OFF_SEARCH, version=version, wait=wait)


async def find_search_age(session: Session) -> float | None:
    """How many seconds ago everything was known to be applied; None before the first search."""
    age: float | None = await session.value(SEARCH_AGE)
    return age


async def find_told(session: Session, charge_ids: Sequence[ChargeId]) -> set[ChargeId]:
    """Of these payments those that a signed notification told of."""
    keys = {f"payment:{each}": each for each in charge_ids}
    return {keys[row["resource_key"]] for row in await session.all(FIND_TOLD, keys=list(keys))}
