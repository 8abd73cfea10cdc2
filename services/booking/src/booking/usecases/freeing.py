"""What a booking's end means for the waitlist: its time is free, and whoever had it as an offer is in line again."""

from booking import store
from booking.domain.booking import Booking
from booking.domain.waiting import WaitStatus
from booking.usecases.facts import tell_wait
from common.uow import Work
from contracts.ids import AccountId, BookingId, WaitlistId
from contracts.waitlist import WaitlistClosed, WaitlistJoined


async def let_free(work: Work, booking: Booking, freed_by: AccountId | None, *, opens: bool = True) -> None:
    """The booking as it was while it lived; `freed_by` is its client where they let it go, and are not offered it.

    Not `opens`: nobody attends at that time, so it is offered to nobody.
    """
    waiting_id = await store.insert_freed(work, booking, freed_by, opens=opens)
    if waiting_id is not None:
        await _back_in_line(work, WaitlistId(waiting_id), booking.id)


async def leave_behind(work: Work, booking: Booking, freed_by: AccountId | None) -> None:
    """The booking moves away from where it was. An offer stays an offer."""
    await store.insert_freed(work, booking, freed_by, opens=True)


async def fulfil(work: Work, booking_id: BookingId) -> None:
    """The booking is confirmed: if it was an offer, nobody waits for it any more."""
    wait = await store.lock_wait_of(work, booking_id)
    if wait is not None and wait.status.is_open:
        fulfilled = wait.fulfil()
        await store.save_wait(work, fulfilled)
        await work.publish(tell_wait(WaitlistClosed, fulfilled))


async def _back_in_line(work: Work, wait_id: WaitlistId, booking_id: BookingId) -> None:
    # What came free is locked before who waits for it, here and by whoever offers: nobody waits in a ring.
    await store.awaken_freed(work, wait_id)
    wait = await store.lock_wait(work, wait_id)
    if wait is not None and wait.status is WaitStatus.OFFERED and wait.offer_booking_id == booking_id:
        back = wait.back()
        await store.save_wait(work, back)
        await work.publish(tell_wait(WaitlistJoined, back))
