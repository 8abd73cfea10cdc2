"""Dead letters: applied once their cause is mended, or given up one by one: `python -m <service> replay`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from common import road
from common.db import Row
from common.inbox import OUTAGES, open_letter
from common.subscriptions import Subscriptions
from common.uow import UnitOfWork

log = structlog.get_logger()
C = TypeVar("C")
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many dead letters were applied, and how many were not (with those held back behind them)."""

    replayed: int = 0
    failed: int = 0


class NoSuchDeadLetterError(RuntimeError):
    """The scope has no open dead letter of that id."""


@dataclass(frozen=True, slots=True)
class _Stored:
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    partition: int = -1
    offset: int = -1


async def replay(uow: UnitOfWork, scope: str, context: C, table: Subscriptions[C]) -> ReplayReport:
    """Apply the scope's dead letters in the order they were parked; a failing one holds back its aggregate's others."""
    after, replayed, failed = 0, 0, 0
    held: set[str] = set()
    while page := await _page(uow, scope, after):
        for row in page:
            after = row["id"]
            if row["subject"] in held or not await _replay_one(uow, scope, context, table, row):
                held.add(row["subject"])
                failed += 1
            else:
                replayed += 1
    return ReplayReport(replayed, failed)


async def give_up(uow: UnitOfWork, scope: str, letter_id: int, why: str) -> None:
    """Resolve one dead letter without applying it; the row keeps `why`, which must name nobody.

    It stands in its aggregate's way no longer: what was parked behind it is for `replay`. NoSuchDeadLetterError when it
    is not there or not open any more.
    """
    if scope not in uow.scopes:
        raise NoSuchDeadLetterError(f"there is no scope {scope}")
    async with uow.begin(scope) as work:
        found = await work.one(road.GIVE_UP_DEAD_LETTER, id=letter_id, why=why)
    if found is None:
        raise NoSuchDeadLetterError(f"{letter_id} in scope {scope}")
    log.warning("dead_letter.given_up", scope=scope, id=letter_id, subject=found["subject"], topic=found["topic"])


async def _page(uow: UnitOfWork, scope: str, after: int) -> Sequence[Row]:
    async with uow.read(scope) as session:
        return await session.all(road.PAGE_DEAD_LETTERS, after=after, most=_PAGE)


async def _replay_one(uow: UnitOfWork, scope: str, context: C, table: Subscriptions[C], row: Row) -> bool:
    stored = _Stored(row["topic"], row["key"], row["payload"], _headers(row["headers"]))
    letter = open_letter(stored)
    if letter.event is None:
        log.warning("replay.malformed", id=row["id"], reason=letter.reason)
        return False
    try:
        async with uow.begin(scope) as work:
            if await work.one(road.LOCK_DEAD_LETTER, id=row["id"]) is not None:
                await table.of(row["topic"]).apply(context, work, [letter.event])
                await work.run(road.RESOLVE_DEAD_LETTER, id=row["id"])
    except OUTAGES:
        raise
    except Exception:
        log.warning("replay.failed_again", id=row["id"], subject=row["subject"], exc_info=True)
        return False
    return True


def _headers(stored: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(name, str(value).encode()) for name, value in stored.items()]
