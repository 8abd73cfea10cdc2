"""Places, the chairs and rooms in them, and the staff."""

from typing import Final

from common.http import InVertical, Key, once
from contracts.ids import PlaceId, ProviderId, ResourceId, StaffId
from providers import usecases
from providers.api.asked import PlaceBody, PlacePatch, ResourceBody, ResourcePatch, StaffBody, StaffPatch
from providers.api.conflicts import REHEARSED, Caution, cautious_router
from providers.api.fields import InContext, Owner
from providers.api.shown import PlaceShown, ResourceShown, StaffShown

router: Final = cautious_router("/api/v1/providers/{provider_id}", "places and staff")


@router.post("/places", status_code=201)
async def open_place(
    provider_id: ProviderId, body: PlaceBody, owner: Owner, vertical: InVertical, context: InContext, key: Key
) -> PlaceShown:
    """Where the provider works."""
    request = once(key, PlaceShown.of)
    return PlaceShown.of(await usecases.open_place(context, vertical, owner, provider_id, body.place(), request))


@router.patch("/places/{place_id}")
async def change_place(
    provider_id: ProviderId, place_id: PlaceId, body: PlacePatch, owner: Owner, vertical: InVertical, context: InContext
) -> PlaceShown:
    """Its name, address or point."""
    place = await usecases.change_place(context, vertical, owner, provider_id, place_id, body.change())
    return PlaceShown.of(place)


@router.delete("/places/{place_id}", status_code=204, responses=REHEARSED)
async def close_place(
    provider_id: ProviderId, place_id: PlaceId, owner: Owner, vertical: InVertical, context: InContext, care: Caution
) -> None:
    """Nobody attends there any more."""
    await usecases.close_place(context, vertical, owner, provider_id, place_id, care)


@router.post("/places/{place_id}/resources", status_code=201)
async def add_resource(
    provider_id: ProviderId,
    place_id: PlaceId,
    body: ResourceBody,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    key: Key,
) -> ResourceShown:
    """A chair or room."""
    request = once(key, ResourceShown.of)
    added = await usecases.add_resource(context, vertical, owner, provider_id, place_id, body.resource(), request)
    return ResourceShown.of(added)


@router.patch("/places/{place_id}/resources/{resource_id}")
async def change_resource(
    provider_id: ProviderId,
    place_id: PlaceId,
    resource_id: ResourceId,
    body: ResourcePatch,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> ResourceShown:
    """Its name or capacity."""
    where = (provider_id, place_id, resource_id)
    return ResourceShown.of(await usecases.change_resource(context, vertical, owner, *where, body.change(), care))


@router.delete("/places/{place_id}/resources/{resource_id}", status_code=204, responses=REHEARSED)
async def remove_resource(
    provider_id: ProviderId,
    place_id: PlaceId,
    resource_id: ResourceId,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> None:
    """Taken away."""
    await usecases.remove_resource(context, vertical, owner, provider_id, place_id, resource_id, care)


@router.post("/staff", status_code=201)
async def hire(
    provider_id: ProviderId, body: StaffBody, owner: Owner, vertical: InVertical, context: InContext, key: Key
) -> StaffShown:
    """Somebody who attends."""
    request = once(key, StaffShown.of)
    return StaffShown.of(await usecases.hire(context, vertical, owner, provider_id, body.member(), request))


@router.patch("/staff/{staff_id}")
async def change_member(
    provider_id: ProviderId,
    staff_id: StaffId,
    body: StaffPatch,
    owner: Owner,
    vertical: InVertical,
    context: InContext,
    care: Caution,
) -> StaffShown:
    """Their name, places, account or weight."""
    member = await usecases.change_member(context, vertical, owner, provider_id, staff_id, body.change(), care)
    return StaffShown.of(member)


@router.delete("/staff/{staff_id}", status_code=204, responses=REHEARSED)
async def dismiss(
    provider_id: ProviderId, staff_id: StaffId, owner: Owner, vertical: InVertical, context: InContext, care: Caution
) -> None:
    """They attend no more."""
    await usecases.dismiss(context, vertical, owner, provider_id, staff_id, care)
