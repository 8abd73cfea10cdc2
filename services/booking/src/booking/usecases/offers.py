"""Remember what providers publish."""

from collections.abc import Sequence

from booking import store
from common.service import Context
from common.subscriptions import newest
from common.uow import Work
from contracts.envelope import Event
from contracts.providers import ProviderFact, SchedulePublished, ServicePublished, TimeOffPublished


async def remember_providers(_context: Context, work: Work, events: Sequence[Event[ProviderFact]]) -> None:
    """Keep the newest state of each provider."""
    await store.upsert_providers(work, newest(events))


async def remember_services(_context: Context, work: Work, events: Sequence[Event[ServicePublished]]) -> None:
    """Keep the newest state of each service."""
    await store.upsert_services(work, newest(events))


async def remember_schedules(_context: Context, work: Work, events: Sequence[Event[SchedulePublished]]) -> None:
    """Keep the newest state of each schedule."""
    await store.upsert_schedules(work, newest(events))


async def remember_time_off(_context: Context, work: Work, events: Sequence[Event[TimeOffPublished]]) -> None:
    """Keep the newest state of each time off."""
    await store.upsert_time_off(work, newest(events))
