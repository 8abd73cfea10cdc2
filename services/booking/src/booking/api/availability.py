"""Which starts are free."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Self

from fastapi import APIRouter, Query

from booking import usecases
from booking.api.fields import InContext, ServiceIds
from booking.domain.calendar import Slot
from booking.domain.offer import Offer
from booking.domain.price import cost_on
from common.http import Body, Day, Instant, InVertical, MaybeCaller, Pesos
from contracts.ids import PlaceId, ProviderId, ServiceId, StaffId

router: Final = APIRouter(prefix="/api/v1/availability", tags=["availability"])


class SlotBody(Body):
    """A free start."""

    starts_at: datetime
    local_time: str
    staff_id: StaffId
    place_id: PlaceId


class DayBody(Body):
    """The free starts of one local day, and what the visit costs on it; `dueNow` has to be paid to confirm."""

    date: date
    price: Pesos
    price_without_national_taxes: Pesos
    due_now: Pesos
    slots: list[SlotBody]


class AvailabilityReply(Body):
    """Free starts by local day. The prices are of the first day asked for; each day has its own."""

    service_id: ServiceId
    service_ids: list[ServiceId]
    provider_id: ProviderId
    price: Pesos
    price_without_national_taxes: Pesos
    due_now: Pesos
    currency: str
    days: list[DayBody]

    @classmethod
    def of(cls, offer: Offer, slots: Sequence[Slot], first: date) -> Self:
        return cls(
            service_id=offer.services[0].id,
            service_ids=[service.id for service in offer.services],
            provider_id=offer.shop.provider_id,
            currency=offer.services[0].price.first.currency,
            days=_days(offer, slots),
            **_cost(offer, first),
        )


class VerdictBody(Body):
    """Of one who could begin; no rules: they can."""

    staff_id: StaffId
    place_id: PlaceId
    rules: list[str]


class ExplainReply(Body):
    """Every rule that forbids a start: `rules` whoever begins, and then for each who could."""

    starts_at: datetime
    free: bool
    rules: list[str]
    staff: list[VerdictBody]


@router.get("")
async def list_availability(
    vertical: InVertical,
    context: InContext,
    service_ids: ServiceIds,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    staff_id: Annotated[StaffId | None, Query(alias="staffId")] = None,
) -> AvailabilityReply:
    """The free starts of a service, or of several in one visit (`serviceId` again), over at most 62 local days."""
    offer, slots = await usecases.list_slots(context, vertical, service_ids, usecases.Days(first, last), staff_id)
    return AvailabilityReply.of(offer, slots, first)


@router.get("/explain")
async def explain_availability(
    vertical: InVertical,
    context: InContext,
    service_ids: ServiceIds,
    starts_at: Annotated[Instant, Query(alias="startsAt")],
    caller: MaybeCaller = None,
) -> ExplainReply:
    """Why a visit cannot start at one moment, whoever begins; whom it is asked by is told of its own caps too."""
    found = await usecases.explain_slot(context, vertical, service_ids, starts_at, caller)
    staff = [VerdictBody(staff_id=one.staff_id, place_id=one.place_id, rules=list(one.rules)) for one in found.verdicts]
    return ExplainReply(starts_at=starts_at, free=found.is_free, rules=list(found.rules), staff=staff)


def _days(offer: Offer, slots: Sequence[Slot]) -> list[DayBody]:
    days: dict[date, list[SlotBody]] = {}
    for slot in slots:
        local = slot.start.astimezone(offer.shop.places[slot.place_id].zone)
        body = SlotBody(starts_at=local, local_time=f"{local:%H:%M}", staff_id=slot.staff_id, place_id=slot.place_id)
        days.setdefault(local.date(), []).append(body)
    return [DayBody(date=day, slots=found, **_cost(offer, day)) for day, found in sorted(days.items())]


def _cost(offer: Offer, day: date) -> dict[str, Decimal]:
    cost = cost_on([service.price for service in offer.services], day)
    return {
        "price": cost.price.as_units(),
        "price_without_national_taxes": cost.net.as_units(),
        "due_now": cost.due_now.as_units(),
    }
