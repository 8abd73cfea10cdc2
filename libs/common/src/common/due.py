"""What falls due is settled a batch at a time; a row that cannot be settled must not hold up the others."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from common.db import Row
from common.errors import TooSlow
from common.inbox import OUTAGES
from common.metrics import ROWS_PUT_OFF, from_zero

log = structlog.get_logger()
Id = TypeVar("Id", bound=UUID)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OneByOne(Generic[Id]):
    """How to settle rows apart, each in a transaction of its own."""

    find: Callable[[], Awaitable[Sequence[Id]]]
    """The ids of what is due now, as many as a batch takes, without reading more of the rows."""
    settle: Callable[[Id], Awaitable[object]]
    put_off: Callable[[Id], Awaitable[None]]
    """Move the row's due time on, so that it comes again later and not at once."""


async def settle_due(job: str, batch: Callable[[], Awaitable[int]], apart: OneByOne[Id]) -> int:
    """Settle a batch together, or one by one when that fails; how many rows were looked at.

    A row that fails alone is put off, logged and counted. Raises one of OUTAGES, or what `put_off` raises.
    """
    from_zero(ROWS_PUT_OFF, [job])
    try:
        return await batch()
    except Exception as error:
        if _is_outage(error):
            raise
        log.warning("job.one_by_one", job=job, error=type(error).__name__)
    ids = await apart.find()
    for each in ids:
        await _settle_one(job, each, apart)
    return len(ids)


def readable(job: str, rows: Sequence[Row], read: Callable[[Row], T]) -> list[T]:
    """Of rows claimed by a lease those that can be read; the others are logged, counted, and due again after it.

    By id: RETURNING has no order, and what is done side by side should not go otherwise each time it is repeated.
    """
    from_zero(ROWS_PUT_OFF, [job])
    found = []
    for row in sorted(rows, key=lambda row: str(row["id"])):
        try:
            found.append(read(row))
        except Exception:  # noqa: BLE001 - a row may be unreadable in any way; it is logged by `_tell`
            _tell(job, row["id"])
    return found


async def _settle_one(job: str, each: Id, apart: OneByOne[Id]) -> None:
    try:
        await apart.settle(each)
    except Exception as error:
        if _is_outage(error):
            raise
        _tell(job, each)
        await apart.put_off(each)


def _is_outage(error: Exception) -> bool:
    """A statement that is too slow may be the row's own fault; the rest of OUTAGES says nothing about it."""
    return isinstance(error, OUTAGES) and not isinstance(error, TooSlow)


def _tell(job: str, row_id: object) -> None:
    log.exception("job.row_put_off", job=job, row=str(row_id))
    ROWS_PUT_OFF.labels(job).inc()
