"""What the handlers are given, and what several bodies share."""

from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from booking.usecases import BookingContext
from common.app import context_of
from common.http import Body, Instant
from contracts.ids import PlaceId, ServiceId, StaffId

InContext = Annotated[BookingContext, Depends(context_of)]
MOST_SERVICES: Final = 5
"""Of one visit."""


def _distinct(ids: list[ServiceId]) -> list[ServiceId]:
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("repeated", "a service is named twice")
    return ids


Visit = Annotated[list[ServiceId], AfterValidator(_distinct)]
ServiceIds = Annotated[Visit, Query(alias="serviceId", min_length=1, max_length=MOST_SERVICES)]


class MoveRequest(Body):
    """`startsAt` is an RFC 3339 instant with offset; staff and place may be left open."""

    starts_at: Instant
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None
