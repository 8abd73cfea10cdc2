"""What is forgotten, a bounded batch at a time."""

from datetime import timedelta
from typing import Final

from analytics import store
from analytics.usecases.context import AnalyticsContext

_FEED_AGE: Final = timedelta(hours=24)
_ACTIVITY_AGE: Final = timedelta(days=90)
_REPORT_AGE: Final = timedelta(days=7)
_AT_ONCE: Final = 5_000


async def forget_feed(context: AnalyticsContext, scope: str) -> int:
    """Feed rows that nobody resumes from any more."""
    async with context.uow.begin(scope) as work:
        return await store.delete_old_feed(work, _FEED_AGE, _AT_ONCE)


async def forget_whole_feed(context: AnalyticsContext, scope: str) -> int:
    """After a restore on another server: old transaction ids come up once more, and each row would be told anew.

    Whoever resumes from one of them is sent the present figures, as after a day away.
    """
    async with context.uow.begin(scope) as work:
        return await store.delete_old_feed(work, timedelta(), _AT_ONCE)


async def forget_activity(context: AnalyticsContext, scope: str) -> int:
    """Client activity older than 90 days."""
    async with context.uow.begin(scope) as work:
        return await store.delete_old_activity(work, _ACTIVITY_AGE, _AT_ONCE)


async def forget_reports(context: AnalyticsContext, scope: str) -> int:
    """What other parts reported more than a week ago."""
    async with context.uow.begin(scope) as work:
        return await store.delete_old_reports(work, _REPORT_AGE, _AT_ONCE)


async def forget_tickets(context: AnalyticsContext, scope: str) -> int:
    """Tickets that nobody used in time."""
    async with context.uow.begin(scope) as work:
        return await store.delete_old_tickets(work, _AT_ONCE)
