"""What the handlers are given."""

from typing import Annotated

from fastapi import Depends

from booking.usecases import BookingContext
from common.app import context_of

InContext = Annotated[BookingContext, Depends(context_of)]
