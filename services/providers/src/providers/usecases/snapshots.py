"""The current state of every aggregate, a locked page at a time, for a reader that starts late."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from common.uow import Work
from contracts.base import Fact
from contracts.providers import ProviderUpdated
from providers import store
from providers.usecases.facts import absence_fact, provider_fact, schedule_fact, service_fact

_PAGE: Final = 200


async def snapshot_providers(work: Work, after: UUID) -> Sequence[Fact]:
    """As provider.updated, with the version each has."""
    return [provider_fact(ProviderUpdated, one) for one in await store.lock_page(work, after, _PAGE)]


async def snapshot_services(work: Work, after: UUID) -> Sequence[Fact]:
    """As service.published."""
    return [service_fact(one) for one in await store.lock_services_page(work, after, _PAGE)]


async def snapshot_schedules(work: Work, after: UUID) -> Sequence[Fact]:
    """As schedule.published."""
    return [schedule_fact(one) for one in await store.lock_schedules_page(work, after, _PAGE)]


async def snapshot_absences(work: Work, after: UUID) -> Sequence[Fact]:
    """As time_off.published."""
    return [absence_fact(one) for one in await store.lock_absences_page(work, after, _PAGE)]
