"""What the handlers are given."""

from typing import Annotated

from fastapi import Depends

from booking.usecases import BookingContext
from common.app import context_of
from common.http import Body, Instant
from contracts.ids import PlaceId, StaffId

InContext = Annotated[BookingContext, Depends(context_of)]


class MoveRequest(Body):
    """`startsAt` is an RFC 3339 instant with offset; staff and place may be left open."""

    starts_at: Instant
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None
