"""Withdrawal (Disp. 954/2025): the client takes its consent back and is given back all it paid, whatever the policy."""

from collections.abc import Sequence
from typing import Final

import structlog

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.policy import Party
from booking.domain.series import any_confirmed
from booking.usecases import audited
from booking.usecases.facts import tell, tell_series
from booking.usecases.following import drop_others
from booking.usecases.freeing import let_free
from booking.usecases.giving_back import ask_refund, find_kept, give_back, give_balances_back
from common.service import Context
from common.uow import Work
from contracts.booking import BookingCancelled, CancelledBy
from contracts.envelope import Event
from contracts.payments import WithdrawalConfirmed
from contracts.series import SeriesCancelled

log = structlog.get_logger()
WITHDRAWAL: Final = "withdrawal"


async def withdraw_booking(_context: Context, work: Work, event: Event[WithdrawalConfirmed]) -> None:
    """Cancel and give everything back. One cancelled by its policy before gives back the rest.

    A service that was rendered meanwhile, or has begun to be, changes nothing.
    Repeating is harmless: one refund per payment and reason.
    """
    booking = await store.lock_booking(work, event.data.booking_id)
    if booking is None:
        raise LookupError("a withdrawal from a booking that was never made")
    if booking.status.is_live and booking.status is not Status.ARRIVED:
        before, booking = booking, booking.cancel(Party.CLIENT)
        await store.save_booking(work, booking)
        await work.publish(tell(BookingCancelled, booking, reason=WITHDRAWAL))
        await drop_others(work, before)
        await let_free(work, before, before.client_id)
        work.audit(audited.booking_withdrawn(booking, event.data.withdrawal_id))
        log.info("booking.withdrawn", booking_id=str(booking.id))
    elif booking.status is not Status.CANCELLED:
        log.info("booking.not_withdrawn", booking_id=str(booking.id), status=booking.status)
        return
    if booking.payer_id is not None:
        await _give_shares_back(work, [booking, *await _call_off_paid_for(work, booking)])
        return
    booking = await give_balances_back(work, booking)
    if booking.kept and booking.payment_id is not None:
        await ask_refund(work, booking, booking.payment_id, booking.kept, WITHDRAWAL)


async def _give_shares_back(work: Work, called_off: Sequence[Booking]) -> None:
    """The payer's own first: what it gives back for the others is added to what it gave for itself."""
    for one in called_off:
        await give_back(work, one, (await find_kept(work, one)).whole, WITHDRAWAL)


async def _call_off_paid_for(work: Work, payer: Booking) -> Sequence[Booking]:
    """What the same payment was for, and has not begun: of a series paid in advance. All of it that is called off."""
    if payer.payer_id != payer.id or payer.series_id is None:
        return ()
    ahead = await store.lock_of_series(work, payer.series_id, await work.now(), (Status.HELD, Status.CONFIRMED))
    ended = [one.cancel(Party.CLIENT) for one in ahead]
    for before, one in zip(ahead, ended, strict=True):
        await store.save_booking(work, one)
        await work.publish(tell(BookingCancelled, one, reason=WITHDRAWAL, told_with_series=True))
        await let_free(work, before, before.client_id)
    if ended:
        series = await store.next_version(work, payer.series_id)
        about = {"cancelled_by": CancelledBy.CLIENT, "any_confirmed": any_confirmed(ahead)}
        await work.publish(tell_series(SeriesCancelled, series, ended, **about))
    all_of_it = await store.find_of_series(work, payer.series_id)
    return [one for one in all_of_it if one.status is Status.CANCELLED and one.id != payer.id]
