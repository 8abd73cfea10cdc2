"""The day itself: the client arrives, is served, or does not come. The provider's side says which."""

from booking import store
from booking.domain.booking import Booking
from booking.domain.policy import Occasion
from booking.usecases import audited
from booking.usecases.cancel import Ended, reckon
from booking.usecases.facts import tell
from booking.usecases.giving_back import give_back
from booking.usecases.parties import lock_for_manager
from common.auth import Principal
from common.idempotency import Once
from common.service import Context
from common.verticals import Vertical
from contracts.booking import BookingArrived, BookingCompleted, BookingNoShow
from contracts.ids import BookingId


async def check_in(
    context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal, once: Once | None
) -> Booking:
    """The client is there; TooEarlyToCheckIn more than two hours before the start."""
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_manager(work, vertical, booking_id, caller)
        arrived = booking.arrive(await work.now())
        await store.save_booking(work, arrived)
        await work.publish(tell(BookingArrived, arrived))
        work.audit(audited.booking_attended(arrived.status.value, arrived, caller, party))
        return await work.finish(arrived)


async def complete_booking(
    context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal, once: Once | None
) -> Booking:
    """The client was served; NotYet before the start, unless the client was checked in."""
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_manager(work, vertical, booking_id, caller)
        done = booking.complete(await work.now())
        await store.save_booking(work, done)
        await work.publish(tell(BookingCompleted, done))
        work.audit(audited.booking_attended(done.status.value, done, caller, party))
        return await work.finish(done)


async def mark_no_show(
    context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal, once: Once | None
) -> Ended:
    """The client did not come: what was paid covers the fee first and the rest goes back. NotYet before the start."""
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_manager(work, vertical, booking_id, caller)
        due = await reckon(work, booking, Occasion.NO_SHOW, party)
        missed = booking.miss(await work.now(), due.owed)
        await store.save_booking(work, missed)
        await work.publish(tell(BookingNoShow, missed))
        work.audit(audited.booking_attended(missed.status.value, missed, caller, party))
        return await work.finish(Ended(await give_back(work, missed, due.refund, due.rule), due))
