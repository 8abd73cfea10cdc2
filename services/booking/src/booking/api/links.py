"""What whoever holds a booking's link may do with it: all that its client may, without an account."""

from typing import Final

from fastapi import APIRouter

from booking import usecases
from booking.api.fields import InContext, MoveRequest
from booking.api.shown import BookingReply, CostReply, EndedReply, cost_of, ended_of, reply_of
from booking.domain.link import read_link, sign_link
from booking.usecases import BookingContext, By, Move
from common.errors import NotFound
from common.http import InVertical, Key, once
from common.verticals import Vertical
from contracts.ids import BookingId

router: Final = APIRouter(prefix="/api/v1/bookings/by-link/{token}", tags=["bookings"])
HOLDER: Final = By(None)


@router.get("")
async def get_by_link(token: str, vertical: InVertical, context: InContext) -> BookingReply:
    """One booking."""
    return reply_of(await usecases.get_booking(context, vertical, _linked(token, context), HOLDER))


@router.get("/cancellation", responses={409: {}})
async def price_cancellation_by_link(token: str, vertical: InVertical, context: InContext) -> CostReply:
    """What it would cost to cancel now."""
    return cost_of(await usecases.price_cancellation(context, vertical, _linked(token, context), HOLDER))


@router.post("/cancel")
async def cancel_by_link(token: str, vertical: InVertical, context: InContext, key: Key) -> EndedReply:
    """As the client."""
    booking_id = _linked(token, context)
    return ended_of(await usecases.cancel_booking(context, vertical, booking_id, HOLDER, once(key, ended_of, 200)))


@router.post("/accept")
async def accept_by_link(token: str, vertical: InVertical, context: InContext, key: Key) -> BookingReply:
    """As the client."""
    booking_id = _linked(token, context)
    return reply_of(await usecases.accept_booking(context, vertical, booking_id, HOLDER, once(key, reply_of, 200)))


@router.post("/reschedule")
async def reschedule_by_link(
    token: str, body: MoveRequest, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """As the client."""
    wanted = Move(_linked(token, context), **dict(body))
    return reply_of(await usecases.reschedule_booking(context, vertical, wanted, HOLDER, once(key, reply_of, 200)))


def link_of(booking_id: BookingId, vertical: Vertical, context: BookingContext) -> str:
    """Made anew for each answer: nothing that opens a booking is stored, not even in a reply kept for a repeat."""
    return f"{vertical.address(context.public_url)}/t/{sign_link(booking_id, context.link_key)}"


def _linked(token: str, context: BookingContext) -> BookingId:
    booking_id = read_link(token, context.link_key)
    if booking_id is None:
        raise NotFound
    return booking_id
