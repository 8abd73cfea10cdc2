"""Remember what providers publish."""

from collections.abc import Sequence
from typing import TypeVar

from booking import store
from common.service import Context
from common.uow import Work
from contracts.base import Fact
from contracts.envelope import Event
from contracts.providers import ProviderFact, SchedulePublished, ServicePublished

F = TypeVar("F", bound=Fact)


async def remember_providers(_context: Context, work: Work, events: Sequence[Event[ProviderFact]]) -> None:
    """Keep the newest state of each provider."""
    await store.upsert_providers(work, _newest(events))


async def remember_services(_context: Context, work: Work, events: Sequence[Event[ServicePublished]]) -> None:
    """Keep the newest state of each service."""
    await store.upsert_services(work, _newest(events))


async def remember_schedules(_context: Context, work: Work, events: Sequence[Event[SchedulePublished]]) -> None:
    """Keep the newest state of each schedule."""
    await store.upsert_schedules(work, _newest(events))


def _newest(events: Sequence[Event[F]]) -> Sequence[F]:
    """One fact per aggregate, in the order of their ids so that batches lock rows in the same order."""
    newest = {event.subject: event.data for event in sorted(events, key=lambda event: event.sequence)}
    return [newest[subject] for subject in sorted(newest)]
