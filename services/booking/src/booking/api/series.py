"""Series: the same appointment again and again, by a rule."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from booking import usecases
from booking.api.fields import MOST_SERVICES, InContext, MoveRequest, Visit
from booking.api.links import link_of
from booking.api.shown import BookingReply, EndedReply, ended_of, reply_of
from booking.domain.booking import Booking
from booking.domain.series import Charge
from booking.usecases import BookingContext, Ended, HoldSeries, HoldSlot, MadeSeries, MoveSeries, OfSeries, Scope
from common.http import Body, Caller, InVertical, Key, once
from common.idempotency import Replayed
from common.verticals import Vertical
from contracts.ids import AccountId, BookingId, ProviderId, SeriesId, ServiceId

router: Final = APIRouter(prefix="/api/v1/bookings/series", tags=["bookings"])
_LONGEST_RULE: Final = 200


class SeriesRequest(MoveRequest):
    """A service or a visit, as of a booking, and the RFC 5545 rule by which it is repeated.

    `FREQ=WEEKLY;INTERVAL=2;COUNT=12`: weekly or monthly, with COUNT or UNTIL (a local day, YYYYMMDD), at most 52 within
    two years. With `skip` what cannot be had is left out; without it nothing is booked then.
    """

    service_id: ServiceId | None = None
    service_ids: Visit = Field(default_factory=list, max_length=MOST_SERVICES)
    rule: str = Field(max_length=_LONGEST_RULE)
    skip: bool = False

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if (self.service_id is None) != bool(self.service_ids):
            raise PydanticCustomError("one_of", "serviceId or serviceIds, not both")
        return self

    @property
    def services(self) -> list[ServiceId]:
        """In the order of the visit."""
        return self.service_ids if self.service_id is None else [self.service_id]


class ConflictBody(Body):
    """A start that could not be had, and the name of what forbids it."""

    starts_at: datetime
    code: str


class SeriesReply(Body):
    """A series with its bookings, in the order of their starts. `charge` is what it asks for.

    What is due of the `first`, of `each` until its hold ends, or `all` in advance, with the first.
    """

    id: SeriesId
    provider_id: ProviderId
    client_id: AccountId
    rule: str
    charge: Charge
    zone: str
    bookings: list[BookingReply]


class MadeSeriesReply(SeriesReply):
    """A series just made: `links` open its bookings without an account, in their order."""

    skipped: list[ConflictBody]
    links: list[str]


class ScopeRequest(Body):
    """`following`: the booking and those after it; `all`: whatever is still to come."""

    scope: Scope
    booking_id: BookingId


class MoveSeriesRequest(MoveRequest, ScopeRequest):
    """Where `bookingId` is moved to, which must be movable itself; the others go as many days on, to the same time of
    day."""


class BookingsReply(Body):
    """The bookings that were moved."""

    bookings: list[BookingReply]


class EndedBookingsReply(Body):
    """The bookings that were called off, each with what that costs."""

    bookings: list[EndedReply]


@router.post("", status_code=201)
async def create_series(
    body: SeriesRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> MadeSeriesReply:
    """Book it again and again; 409 `series-conflicts` says of each start that cannot be had why."""
    first = HoldSlot(caller.account_id, body.services, body.starts_at, body.staff_id, body.place_id)
    wanted = HoldSeries(first, body.rule, body.skip)
    try:
        made = await usecases.hold_series(context, vertical, wanted, once(key, _made))
    except Replayed as before:
        kept = orjson.loads(before.body)
        ids = [BookingId(UUID(one["id"])) for one in kept["bookings"]]
        again = orjson.dumps({**kept, "links": _links(ids, vertical, context)})
        raise Replayed(before.status, again.decode()) from None
    links = _links([one.id for one in made.bookings], vertical, context)
    return _made(made).model_copy(update={"links": links})


@router.get("/{series_id}")
async def get_series(series_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> SeriesReply:
    """One series with all its bookings, for its client and the provider's side."""
    found = await usecases.get_series(context, vertical, SeriesId(series_id), caller)
    return SeriesReply(**_fields(found))


@router.post("/{series_id}/cancel")
async def cancel_series(
    series_id: UUID, body: ScopeRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> EndedBookingsReply:
    """Call off a booking of it and those after it, or all that is to come; each by the policy on it."""
    which = OfSeries(SeriesId(series_id), body.scope, body.booking_id)
    return _ended(await usecases.cancel_series(context, vertical, which, caller, once(key, _ended, 200)))


@router.post("/{series_id}/reschedule")
async def reschedule_series(
    series_id: UUID, body: MoveSeriesRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingsReply:
    """Move a booking of it and those after it, or all that is to come: all or nothing, as 409 `series-conflicts`."""
    which = OfSeries(SeriesId(series_id), body.scope, body.booking_id)
    wanted = MoveSeries(which, body.starts_at, body.staff_id, body.place_id)
    return _moved(await usecases.reschedule_series(context, vertical, wanted, caller, once(key, _moved, 200)))


def _fields(made: MadeSeries) -> dict[str, object]:
    series = made.series
    names = SeriesReply.model_fields.keys() - {"bookings"}
    return {name: getattr(series, name) for name in names} | {"bookings": [reply_of(one) for one in made.bookings]}


def _made(made: MadeSeries) -> MadeSeriesReply:
    skipped = [ConflictBody(starts_at=one.starts_at, code=one.code) for one in made.skipped]
    return MadeSeriesReply(skipped=skipped, links=[], **_fields(made))


def _moved(bookings: list[Booking]) -> BookingsReply:
    return BookingsReply(bookings=[reply_of(one) for one in bookings])


def _ended(ended: list[Ended]) -> EndedBookingsReply:
    return EndedBookingsReply(bookings=[ended_of(one) for one in ended])


def _links(booking_ids: list[BookingId], vertical: Vertical, context: BookingContext) -> list[str]:
    return [link_of(one, vertical, context) for one in booking_ids]
