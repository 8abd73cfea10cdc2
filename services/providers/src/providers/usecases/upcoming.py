"""Remember the bookings that a change may leave outside, and forget those that are over."""

from collections.abc import Sequence

from common.service import Context
from common.subscriptions import newest
from common.uow import Work
from contracts.booking import BookingFact
from contracts.envelope import Event
from providers import store


async def remember_bookings(_context: Context, work: Work, events: Sequence[Event[BookingFact]]) -> None:
    """Keep the newest state of each."""
    await store.upsert_bookings(work, newest(events))


async def forget_bookings(context: Context, scope: str) -> int:
    """A batch of those that are over; how many there were."""
    async with context.uow.begin(scope) as work:
        return await store.forget_ended(work)
