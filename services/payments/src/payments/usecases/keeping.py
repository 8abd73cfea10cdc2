"""Notifications that were kept: looked into once more when somebody says so, and deleted when they are old."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.settings import SHARED
from payments import store
from payments.domain.settlement import day_bounds
from payments.usecases import audited
from payments.usecases.context import PaymentsContext

_BATCH: Final = 1_000
_MOST_BATCHES: Final = 1_000
_SECOND: Final = timedelta(seconds=1)


async def replay_webhooks(context: PaymentsContext, ids: Sequence[UUID]) -> int:
    """Put these back to due with fresh tries; how many had come to an end. Signed ones only."""
    async with context.uow.begin(SHARED) as work:
        count = await store.replay_webhooks(work, ids)
        work.audit(audited.webhooks_replayed(count))
    return count


async def replay_webhooks_of(context: PaymentsContext, status: str, first: date, last: date) -> int:
    """The same for all dead or orphan ones that came on these days (Argentina's, both included)."""
    span = (day_bounds(first)[0], day_bounds(last)[1] + _SECOND)
    total = 0
    for _ in range(_MOST_BATCHES):
        async with context.uow.begin(SHARED) as work:
            count = await store.replay_webhooks_of(work, status, span, _BATCH)
            work.audit(*([audited.webhooks_replayed(count)] if count else []))
        total += count
        if count < _BATCH:
            break
    return total


async def forget_webhooks(context: PaymentsContext, scope: str) -> int:
    """Delete a batch of what has been kept long enough; how many."""
    if scope != SHARED:
        return 0
    ages = {
        "done": context.keeping.done,
        "ignored": context.keeping.done,
        "dead": context.keeping.unsettled,
        "orphan": context.keeping.unsettled,
    }
    gone = 0
    for status, older in ages.items():
        async with context.uow.begin(SHARED) as work:
            gone += await store.forget_webhooks(work, status, older, _BATCH)
    return gone
