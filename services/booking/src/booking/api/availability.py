"""Which starts are free."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query

from booking import usecases
from booking.api.fields import InContext
from booking.domain.calendar import Slot
from booking.domain.offer import Offer
from common.http import Body, InVertical, Pesos
from contracts.ids import PlaceId, ProviderId, ServiceId, StaffId

router: Final = APIRouter(prefix="/api/v1/availability", tags=["availability"])


class SlotBody(Body):
    """A free start."""

    starts_at: datetime
    local_time: str
    staff_id: StaffId
    place_id: PlaceId


class DayBody(Body):
    """The free starts of one local day."""

    date: date
    slots: list[SlotBody]


class AvailabilityReply(Body):
    """Free starts by local day; `dueNow` is what has to be paid to confirm."""

    service_id: ServiceId
    provider_id: ProviderId
    price: Pesos
    due_now: Pesos
    currency: str
    days: list[DayBody]


@router.get("")
async def list_availability(
    vertical: InVertical,
    context: InContext,
    service_id: Annotated[ServiceId, Query(alias="serviceId")],
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    staff_id: Annotated[StaffId | None, Query(alias="staffId")] = None,
) -> AvailabilityReply:
    """The free starts of a service over at most 62 local days."""
    offer, slots = await usecases.list_slots(context, vertical, service_id, first, last, staff_id)
    return _availability(offer, slots)


def _availability(offer: Offer, slots: Sequence[Slot]) -> AvailabilityReply:
    days: dict[date, list[SlotBody]] = {}
    for slot in slots:
        local = slot.start.astimezone(offer.places[slot.place_id].zone)
        body = SlotBody(starts_at=local, local_time=f"{local:%H:%M}", staff_id=slot.staff_id, place_id=slot.place_id)
        days.setdefault(local.date(), []).append(body)
    return AvailabilityReply(
        service_id=offer.service_id,
        provider_id=offer.provider_id,
        price=offer.price.as_units(),
        due_now=offer.deposit.due(offer.price).as_units(),
        currency=offer.price.currency,
        days=[DayBody(date=day, slots=found) for day, found in sorted(days.items())],
    )
