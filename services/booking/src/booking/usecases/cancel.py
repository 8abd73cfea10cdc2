"""Calling a booking off: what that costs, and what goes back."""

from dataclasses import dataclass
from typing import Final

from booking import store
from booking.domain.booking import Booking
from booking.domain.policy import Fee, Occasion, Party, fee
from booking.usecases import audited
from booking.usecases.facts import tell
from booking.usecases.following import drop_others
from booking.usecases.freeing import let_free
from booking.usecases.giving_back import find_kept, give_back
from booking.usecases.parties import By, lock_for_manager, lock_for_party, party_of
from common.auth import Principal
from common.errors import NotFound
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingCancelled
from contracts.ids import BookingId

DECLINED: Final = "declined"


@dataclass(frozen=True, slots=True)
class Ended:
    """A booking that was called off or missed, or is about to be, and what that costs."""

    booking: Booking
    fee: Fee


async def cancel_booking(
    context: Context, vertical: Vertical, booking_id: BookingId, by: By, once: Once | None
) -> Ended:
    """Free the slot and give back what the policy on the booking says; AlreadyOver when there is nothing to cancel."""
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_party(work, vertical, booking_id, by)
        return await work.finish(await call_off(work, booking, party, by.principal))


async def decline_booking(
    context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal, once: Once | None
) -> Ended:
    """The provider does not accept it; NotPending when it does not wait for that."""
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_manager(work, vertical, booking_id, caller)
        booking.must_be_pending()
        return await work.finish(await call_off(work, booking, party, caller, DECLINED, opens=False))


async def price_cancellation(context: Context, vertical: Vertical, booking_id: BookingId, by: By) -> Ended:
    """What it would cost to cancel now, and whether that can be done at all (AlreadyOver)."""
    async with context.uow.begin(vertical.id) as work:
        booking = await store.find_booking(work, booking_id)
        party = await party_of(work, vertical, booking, by) if booking is not None else None
        if booking is None or party is None:
            raise NotFound
        booking.cancel(party)
        return Ended(booking, await reckon(work, booking, Occasion.CANCEL, party))


async def call_off(
    work: Work,
    booking: Booking,
    party: Party,
    by: Principal | None,
    reason: str | None = None,
    *,
    told_with_series: bool = False,
    opens: bool = True,
) -> Ended:
    """In the transaction that locked it: cancelled, told, on record, and the money on its way.

    What its time `opens` is offered to whoever waits for it; not where the provider said that nobody attends then.
    """
    cancelled = booking.cancel(party)
    due = await reckon(work, booking, Occasion.CANCEL, party)
    await store.save_booking(work, cancelled)
    await drop_others(work, booking)
    await work.publish(tell(BookingCancelled, cancelled, reason=reason, told_with_series=told_with_series))
    await let_free(work, booking, booking.client_id if party is Party.CLIENT else None, opens=opens)
    if by is not None and party is not Party.CLIENT:
        work.audit(audited.booking_cancelled(cancelled, by, party))
    return Ended(await give_back(work, cancelled, due.refund, due.rule), due)


async def reckon(work: Work, booking: Booking, occasion: Occasion, party: Party) -> Fee:
    """The fee as of now, by the policy on the booking."""
    kept, now = await find_kept(work, booking), await work.now()
    return fee(booking.policy, booking.share or booking.price, kept, occasion, booking.starts_at, now, party)
