"""Places and what stands in them: each change is the provider's, and tells its whole public state."""

from dataclasses import dataclass, replace

from common.auth import Principal
from common.idempotency import Once
from common.service import Context
from common.verticals import Vertical
from contracts.ids import PlaceId, ProviderId, ResourceId, new_id
from providers import store
from providers.domain.conflicts import Care, beyond
from providers.domain.parts import Place, Resource, ResourceKind
from providers.domain.provinces import Province, zone_of
from providers.usecases.ownership import announce, lock_own


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place to open; without a zone it keeps its province's."""

    name: str
    address: str
    city: str
    province: Province
    lat: float
    lon: float
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """What changes of a place; None keeps what was. Its province and zone never change: that is another place."""

    name: str | None = None
    address: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What changes of a chair or room; None keeps what was."""

    name: str | None = None
    capacity: int | None = None


async def open_place(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    wanted: NewPlace,
    once: Once | None,
) -> Place:
    """UnknownZone and OutsideArgentina for what cannot be."""
    place = Place(
        id=PlaceId(new_id()),
        name=wanted.name,
        address=wanted.address,
        city=wanted.city,
        province=wanted.province,
        zone=zone_of(wanted.province, wanted.zone),
        lat=wanted.lat,
        lon=wanted.lon,
    )
    async with context.uow.begin(vertical.id, once) as work:
        provider = (await lock_own(work, principal, provider_id)).with_place(place)
        await store.save_place(work, provider.id, place)
        await announce(work, provider)
        return await work.finish(place)


async def change_place(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    place_id: PlaceId,
    change: PlaceChange,
) -> Place:
    """Its name, address or point."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        old = provider.place(place_id)
        place = replace(
            old,
            name=change.name or old.name,
            address=change.address or old.address,
            city=change.city or old.city,
            lat=old.lat if change.lat is None else change.lat,
            lon=old.lon if change.lon is None else change.lon,
        )
        await store.save_place(work, provider.id, place)
        await announce(work, provider.with_place(place))
        return place


async def close_place(
    context: Context, vertical: Vertical, principal: Principal, provider_id: ProviderId, place_id: PlaceId, care: Care
) -> None:
    """Nobody attends there any more; its chairs and rooms go with it."""
    async with context.uow.begin(vertical.id) as work:
        provider = (await lock_own(work, principal, provider_id)).without_place(place_id)
        care.weigh(await store.find_upcoming(work, provider.id, place_id=place_id))
        await store.close_place(work, provider.id, place_id)
        await announce(work, provider)


async def add_resource(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    place_id: PlaceId,
    wanted: tuple[ResourceKind, str, int],
    once: Once | None,
) -> Resource:
    """A chair or room: kind, name and capacity."""
    resource = Resource(ResourceId(new_id()), *wanted)
    async with context.uow.begin(vertical.id, once) as work:
        provider = (await lock_own(work, principal, provider_id)).with_resource(place_id, resource)
        await store.save_resource(work, provider.id, place_id, resource)
        await announce(work, provider)
        return await work.finish(resource)


async def change_resource(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    place_id: PlaceId,
    resource_id: ResourceId,
    change: ResourceChange,
    care: Care,
) -> Resource:
    """Its name or capacity."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        old = provider.place(place_id).resource(resource_id)
        resource = replace(old, name=change.name or old.name, capacity=change.capacity or old.capacity)
        taken = await store.find_upcoming_with(work, provider.id, resource_id)
        care.weigh(beyond(taken, resource.capacity) if resource.capacity < old.capacity else ())
        await store.save_resource(work, provider.id, place_id, resource)
        await announce(work, provider.with_resource(place_id, resource))
        return resource


async def remove_resource(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    place_id: PlaceId,
    resource_id: ResourceId,
    care: Care,
) -> None:
    """Taken away."""
    async with context.uow.begin(vertical.id) as work:
        provider = (await lock_own(work, principal, provider_id)).without_resource(place_id, resource_id)
        care.weigh(await store.find_upcoming_with(work, provider.id, resource_id))
        await store.remove_resource(work, resource_id)
        await announce(work, provider)
