"""The provider accepts a booking; only then is it paid for."""

from datetime import datetime

from booking import store
from booking.domain.approval import accept
from booking.domain.booking import Booking
from booking.usecases import audited
from booking.usecases.facts import tell
from booking.usecases.following import approve_others, led_by, must_stand_alone, tell_confirmed
from booking.usecases.parties import lock_for_manager
from booking.usecases.rules import pay_until
from common.auth import Principal
from common.idempotency import Once
from common.service import Context
from common.verticals import Vertical
from contracts.booking import BookingApproved
from contracts.ids import BookingId


async def approve_booking(
    context: Context,
    vertical: Vertical,
    booking_id: BookingId,
    caller: Principal,
    once: Once | None,
    seen: datetime | None = None,
) -> Booking:
    """Held until paid, or confirmed where nothing is due; NotPending when it waits for no answer any more.

    MovedMeanwhile when it is not at the start that the caller saw, TooLateToApprove when nobody could pay in time.
    """
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_manager(work, vertical, booking_id, caller)
        await must_stand_alone(work, booking)
        now = await work.now()
        approved = accept(booking, seen, now, pay_until(vertical, now))
        confirmed = approved if approved.due_now else approved.confirm()
        await store.save_booking(work, confirmed)
        await work.publish(tell(BookingApproved, approved))
        series = await led_by(work, booking)
        if series is not None:
            await approve_others(work, vertical, series, confirmed, caller)
        if confirmed is not approved:
            await tell_confirmed(work, confirmed, series)
        work.audit(audited.booking_approved(confirmed, caller, party))
        return await work.finish(confirmed)
