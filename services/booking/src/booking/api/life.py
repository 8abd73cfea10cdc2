"""What happens to a booking after it was made."""

from typing import Final, Literal
from uuid import UUID

from fastapi import APIRouter

from booking import usecases
from booking.api.fields import InContext, MoveRequest
from booking.api.shown import BookingReply, CostReply, EndedReply, cost_of, ended_of, reply_of
from booking.usecases import By, CancelDay, Move
from common.http import Body, Caller, Day, Instant, InVertical, Key, once
from contracts.ids import BookingId, ProviderId, StaffId

router: Final = APIRouter(prefix="/api/v1/bookings", tags=["bookings"])


class CancelDayRequest(Body):
    """A provider's local day, of one member of staff or of all. Of why only this much is anybody's business."""

    provider_id: ProviderId
    date: Day
    staff_id: StaffId | None = None
    reason: Literal["closed", "away", "emergency"] | None = None


class ApproveRequest(Body):
    """The start that the caller was shown; without it whatever start the booking has by now is accepted."""

    starts_at: Instant | None = None


_AS_IT_STANDS: Final = ApproveRequest()


class CancelDayReply(Body):
    """How many were cancelled by this request."""

    cancelled: int


@router.post("/cancel-day")
async def cancel_day(
    body: CancelDayRequest, caller: Caller, vertical: InVertical, context: InContext
) -> CancelDayReply:
    """All that stands of the day, with all money back; what is cancelled already stays as it is."""
    wanted = CancelDay(body.provider_id, body.date, body.staff_id, body.reason)
    return CancelDayReply(cancelled=await usecases.cancel_day(context, vertical, wanted, caller))


@router.get("/{booking_id}/cancellation", responses={409: {}})
async def price_cancellation(booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> CostReply:
    """What it would cost to cancel now."""
    return cost_of(await usecases.price_cancellation(context, vertical, BookingId(booking_id), By(caller)))


@router.post("/{booking_id}/cancel")
async def cancel_booking(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> EndedReply:
    """Free the slot; what goes back is decided by the policy the booking was made under."""
    by = By(caller)
    return ended_of(
        await usecases.cancel_booking(context, vertical, BookingId(booking_id), by, once(key, ended_of, 200))
    )


@router.post("/{booking_id}/reschedule")
async def reschedule_booking(
    booking_id: UUID, body: MoveRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """To another time, and what was paid follows; 409 `slot-taken` carries the nearest free starts."""
    wanted, by = Move(BookingId(booking_id), **dict(body)), By(caller)
    return reply_of(await usecases.reschedule_booking(context, vertical, wanted, by, once(key, reply_of, 200)))


@router.post("/{booking_id}/accept")
async def accept_booking(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """Its client takes what the waitlist offered, where nothing is due."""
    by = By(caller)
    return reply_of(
        await usecases.accept_booking(context, vertical, BookingId(booking_id), by, once(key, reply_of, 200))
    )


@router.post("/{booking_id}/approve")
async def approve_booking(
    booking_id: UUID,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    key: Key,
    body: ApproveRequest = _AS_IT_STANDS,
) -> BookingReply:
    """The provider accepts: held until it is paid, or confirmed when nothing is due."""
    approved = await usecases.approve_booking(
        context, vertical, BookingId(booking_id), caller, once(key, reply_of, 200), body.starts_at
    )
    return reply_of(approved)


@router.post("/{booking_id}/decline")
async def decline_booking(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> EndedReply:
    """The provider does not accept it."""
    declined = await usecases.decline_booking(
        context, vertical, BookingId(booking_id), caller, once(key, ended_of, 200)
    )
    return ended_of(declined)


@router.post("/{booking_id}/check-in")
async def check_in(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """The provider says that the client is there."""
    return reply_of(await usecases.check_in(context, vertical, BookingId(booking_id), caller, once(key, reply_of, 200)))


@router.post("/{booking_id}/complete")
async def complete_booking(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> BookingReply:
    """The provider says that the client was served."""
    done = await usecases.complete_booking(context, vertical, BookingId(booking_id), caller, once(key, reply_of, 200))
    return reply_of(done)


@router.post("/{booking_id}/no-show")
async def mark_no_show(
    booking_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> EndedReply:
    """The provider says that the client did not come; what was paid covers the fee, and the rest goes back."""
    missed = await usecases.mark_no_show(context, vertical, BookingId(booking_id), caller, once(key, ended_of, 200))
    return ended_of(missed)
