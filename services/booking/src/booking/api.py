"""HTTP in."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query

from booking import usecases
from booking.domain import refusals
from booking.domain.booking import Booking, Status
from booking.domain.calendar import Slot
from booking.domain.link import read_link, sign_link
from booking.domain.offer import Offer
from booking.usecases import BookingContext, Canceller, HoldSlot
from common.app import context_of
from common.errors import Answer, NotFound, RefusalTable
from common.http import Body, Caller, Instant, InVertical, Key, Pesos, once
from common.idempotency import Replayed
from common.paging import Cursor, Limit, next_cursor
from common.verticals import Vertical
from contracts.ids import BookingId, PlaceId, ProviderId, ServiceId, StaffId

router = APIRouter(prefix="/api/v1", tags=["booking"])
InContext = Annotated[BookingContext, Depends(context_of)]

REFUSALS: Final[RefusalTable] = {
    refusals.VerticalPaused: Answer(503, "Por el momento no tomamos reservas nuevas. Probá de nuevo en unos minutos."),
    refusals.SlotTaken: Answer(409, "Ese horario se acaba de ocupar. Elegí otro."),
    refusals.SlotNotOffered: Answer(422, "En ese horario no se atiende. Elegí uno de los horarios disponibles."),
    refusals.SlotInPast: Answer(422, "Ese horario ya pasó. Elegí uno más adelante."),
    refusals.TooLittleNotice: Answer(422, "Ese horario está muy cerca. Elegí uno con más anticipación."),
    refusals.BeyondHorizon: Answer(422, "Todavía no se puede reservar para esa fecha."),
    refusals.NotOffered: Answer(409, "Ese servicio no está disponible por ahora."),
    refusals.TooManyHolds: Answer(409, "Tenés reservas sin pagar. Pagalas o cancelalas antes de reservar otra."),
    refusals.AlreadyOver: Answer(409, "Esta reserva ya no se puede modificar."),
    refusals.NotYet: Answer(409, "El turno todavía no empezó."),
    refusals.HalfAnAgenda: Answer(422, "Para ver la agenda indicá el profesional y la fecha."),
    refusals.RangeTooLong: Answer(422, "Pedí como máximo 62 días, desde hoy y hasta donde se puede reservar."),
}


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


class BookingRequest(Body):
    """`startsAt` is an RFC 3339 instant with offset; staff and place may be left open."""

    service_id: ServiceId
    starts_at: Instant
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None


class BookingReply(Body):
    """A booking as its client and its provider see it."""

    id: BookingId
    status: Status
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    price: Pesos
    due_now: Pesos
    paid: Pesos
    refunded: Pesos
    currency: str
    hold_expires_at: datetime | None
    created_at: datetime


class MadeReply(BookingReply):
    """The booking just made, with the link that opens it without an account."""

    link: str


class BookingPage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[BookingReply]
    next_cursor: str | None


@router.get("/availability")
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


@router.post("/bookings", status_code=201)
async def create_booking(
    body: BookingRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> MadeReply:
    """Hold a slot; it is confirmed when what is due has been paid, or at once when nothing is."""
    wanted = HoldSlot(caller.account_id, **dict(body))
    try:
        booking = await usecases.hold_slot(context, vertical, wanted, once(key, _reply))
    except Replayed as before:
        kept = orjson.loads(before.body)
        body_again = orjson.dumps({**kept, "link": _link(BookingId(UUID(kept["id"])), vertical, context)})
        raise Replayed(before.status, body_again.decode()) from None
    return MadeReply(link=_link(booking.id, vertical, context), **_fields(booking))


@router.get("/bookings")
async def list_bookings(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
    provider_id: Annotated[ProviderId | None, Query(alias="providerId")] = None,
    day: Annotated[date | None, Query(alias="date")] = None,
) -> BookingPage:
    """The caller's own bookings, or (with `providerId` and `date`) the provider's agenda of a day."""
    if (provider_id is None) != (day is None):
        raise refusals.HalfAnAgenda
    if provider_id is not None and day is not None:
        page = await usecases.list_provider_day(context, vertical, caller, provider_id, day, cursor, limit)
    else:
        page = await usecases.list_client_bookings(context, vertical, caller, cursor, limit)
    items = [BookingReply(**_fields(booking)) for booking in page]
    return BookingPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


@router.get("/bookings/{booking_id}")
async def get_booking(booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> BookingReply:
    """One booking, for its client, its provider or an operator."""
    return _reply(await usecases.get_booking(context, vertical, BookingId(booking_id), caller))


@router.post("/bookings/{booking_id}/cancel")
async def cancel_booking(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """Free the slot; what goes back is decided by the policy the booking was made under."""
    by = Canceller(caller)
    return _reply(await usecases.cancel_booking(context, vertical, BookingId(booking_id), by, once(key, _reply, 200)))


@router.post("/bookings/{booking_id}/complete")
async def complete_booking(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """The provider says that the client was served."""
    done = await usecases.complete_booking(context, vertical, BookingId(booking_id), caller, once(key, _reply, 200))
    return _reply(done)


@router.post("/bookings/{booking_id}/no-show")
async def mark_no_show(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """The provider says that the client did not come."""
    missed = await usecases.mark_no_show(context, vertical, BookingId(booking_id), caller, once(key, _reply, 200))
    return _reply(missed)


@router.get("/bookings/by-link/{token}")
async def get_by_link(token: str, vertical: InVertical, context: InContext) -> BookingReply:
    """One booking, for whoever holds its link."""
    return _reply(await usecases.get_booking(context, vertical, _linked(token, context), None))


@router.post("/bookings/by-link/{token}/cancel")
async def cancel_by_link(token: str, vertical: InVertical, context: InContext, key: Key) -> BookingReply:
    """As the client, without an account."""
    booking_id = _linked(token, context)
    cancelled = await usecases.cancel_booking(context, vertical, booking_id, Canceller(None), once(key, _reply, 200))
    return _reply(cancelled)


def _link(booking_id: BookingId, vertical: Vertical, context: BookingContext) -> str:
    """Made anew for each answer: nothing that opens a booking is stored, not even in a reply kept for a repeat."""
    return f"{vertical.address(context.public_url)}/t/{sign_link(booking_id, context.link_key)}"


def _linked(token: str, context: BookingContext) -> BookingId:
    booking_id = read_link(token, context.link_key)
    if booking_id is None:
        raise NotFound
    return booking_id


def _reply(booking: Booking) -> BookingReply:
    return BookingReply(**_fields(booking))


def _fields(booking: Booking) -> dict[str, object]:
    names = BookingReply.model_fields.keys() - {"price", "due_now", "paid", "refunded", "currency"}
    return {name: getattr(booking, name) for name in names} | {
        "price": booking.price.as_units(),
        "due_now": booking.due_now.as_units(),
        "paid": booking.paid.as_units(),
        "refunded": booking.refunded.as_units(),
        "currency": booking.price.currency,
    }


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
