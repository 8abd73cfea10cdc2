"""Withdrawal (Disp. 954/2025): the client takes its consent back and is given back all it paid, whatever the policy."""

from typing import Final

import structlog

from booking import store
from booking.domain.booking import Status
from booking.domain.policy import Party
from booking.usecases import audited
from booking.usecases.facts import tell
from booking.usecases.freeing import let_free
from booking.usecases.money import ask_refund, give_balances_back
from common.service import Context
from common.uow import Work
from contracts.booking import BookingCancelled
from contracts.envelope import Event
from contracts.payments import WithdrawalConfirmed

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
        await let_free(work, before, before.client_id)
        work.audit(audited.booking_withdrawn(booking, event.data.withdrawal_id))
        log.info("booking.withdrawn", booking_id=str(booking.id))
    elif booking.status is not Status.CANCELLED:
        log.info("booking.not_withdrawn", booking_id=str(booking.id), status=booking.status)
        return
    booking = await give_balances_back(work, booking)
    if booking.kept and booking.payment_id is not None:
        await ask_refund(work, booking, booking.payment_id, booking.kept, WITHDRAWAL)
