"""What the handlers are given, and what several bodies share."""

from typing import Annotated, Final

from fastapi import Depends, Query

from booking.usecases import BookingContext
from common.app import context_of
from contracts.ids import ServiceId

InContext = Annotated[BookingContext, Depends(context_of)]
MOST_SERVICES: Final = 5
"""Of one visit."""
ServiceIds = Annotated[list[ServiceId], Query(alias="serviceId", min_length=1, max_length=MOST_SERVICES)]
