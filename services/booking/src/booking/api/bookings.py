"""Bookings: made and seen."""

from datetime import datetime
from typing import Annotated, Final, Self, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from booking import usecases
from booking.api.fields import MOST_SERVICES, InContext, Visit
from booking.api.links import link_of
from booking.api.shown import BookingPage, BookingReply, MadeReply, fields_of, reply_of
from booking.domain import refusals
from booking.domain.booking import Booking
from booking.usecases import BookingContext, By, HoldSlot, TakeSeat
from common.http import Body, Caller, Day, Instant, InVertical, Key, misfit, once
from common.idempotency import Once, Replayed
from common.paging import Cursor, Limit, next_cursor
from common.verticals import Vertical
from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId, SessionId, StaffId

router: Final = APIRouter(prefix="/api/v1/bookings", tags=["bookings"])


class BookingRequest(Body):
    """`startsAt` is an RFC 3339 instant with offset; staff and place may be left open.

    One service, several of one provider for a visit, or a seat of a group session, which says when, where and with
    whom: `serviceId`, `serviceIds` or `sessionId`.
    """

    service_id: ServiceId | None = None
    service_ids: Visit = Field(default_factory=list, max_length=MOST_SERVICES)
    session_id: SessionId | None = None
    starts_at: Instant | None = None
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if (self.service_id is not None) + bool(self.service_ids) + (self.session_id is not None) != 1:
            raise PydanticCustomError("one_of", "serviceId, serviceIds or sessionId, and one of them alone")
        if (self.starts_at is None) != (self.session_id is not None):
            raise misfit("start_of_a_service", "startsAt")
        if self.session_id is not None and (self.staff_id is not None or self.place_id is not None):
            raise misfit("known_of_a_session", "staffId", "placeId")
        return self

    @property
    def services(self) -> list[ServiceId]:
        """In the order of the visit."""
        return self.service_ids if self.service_id is None else [self.service_id]


@router.post("", status_code=201)
async def create_booking(
    body: BookingRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> MadeReply:
    """Hold a slot; it is confirmed when what is due has been paid, or at once when nothing is."""
    try:
        booking = await _make(context, vertical, body, caller.account_id, once(key, reply_of))
    except Replayed as before:
        kept = orjson.loads(before.body)
        body_again = orjson.dumps({**kept, "link": link_of(BookingId(UUID(kept["id"])), vertical, context)})
        raise Replayed(before.status, body_again.decode()) from None
    return MadeReply(link=link_of(booking.id, vertical, context), **fields_of(booking))


async def _make(
    context: BookingContext, vertical: Vertical, body: BookingRequest, client_id: AccountId, once_only: Once | None
) -> Booking:
    if body.session_id is not None:
        return await usecases.take_seat(context, vertical, TakeSeat(client_id, body.session_id), once_only)
    starts_at = cast("datetime", body.starts_at)
    wanted = HoldSlot(client_id, body.services, starts_at, body.staff_id, body.place_id)
    return await usecases.hold_slot(context, vertical, wanted, once_only)


@router.get("")
async def list_bookings(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
    provider_id: Annotated[ProviderId | None, Query(alias="providerId")] = None,
    day: Annotated[Day | None, Query(alias="date")] = None,
) -> BookingPage:
    """The caller's own bookings, or (with `providerId` and `date`) the provider's agenda of a day.

    Of the agenda staff see what they attend themselves.
    """
    if (provider_id is None) != (day is None):
        raise refusals.HalfAnAgenda
    if provider_id is not None and day is not None:
        page = await usecases.list_provider_day(context, vertical, caller, provider_id, day, cursor, limit)
    else:
        page = await usecases.list_client_bookings(context, vertical, caller, cursor, limit)
    items = [BookingReply(**fields_of(booking)) for booking in page]
    return BookingPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


@router.get("/{booking_id}")
async def get_booking(booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> BookingReply:
    """One booking, for its client, whoever attends it, its provider or an operator."""
    return reply_of(await usecases.get_booking(context, vertical, BookingId(booking_id), By(caller)))
