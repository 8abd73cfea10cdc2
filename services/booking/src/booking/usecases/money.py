"""What payments tells of a booking's money. Repeating any of it is harmless."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from booking import store
from booking.domain.booking import Booking, Status
from booking.usecases.expiry import expire
from booking.usecases.facts import tell
from booking.usecases.following import led_by, paid_apart_until, tell_confirmed
from booking.usecases.freeing import fulfil
from booking.usecases.giving_back import ask_refund, ask_share_back
from booking.usecases.rules import pay_until
from booking.usecases.seats import take_again
from common.money import Money
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingHoldMoved, BookingPaid
from contracts.envelope import Event
from contracts.ids import PaymentId
from contracts.payments import PaymentClosed, PaymentConfirmed, PaymentPending, PaymentPurpose, PaymentRefunded

log = structlog.get_logger()
GIVEN_BACK: Final = "given-back-by-"
"""How the reason of a refund begins that was not asked for here."""
_BY_OTHERS: Final = frozenset({"operator", "provider", "external"})


async def remember_payment(_context: Context, work: Work, event: Event[PaymentPending]) -> None:
    """From now on money may arrive: the hold is not let go without asking payments, and lasts as long as they say."""
    if event.data.purpose is not PaymentPurpose.DUE:
        return
    booking = await store.lock_booking(work, event.data.booking_id)
    if booking is None:
        return
    begun = booking.begin_payment(event.data.payment_id)
    if event.data.hold_until is not None and begun.payment_id == event.data.payment_id:
        begun = begun.hold_until(event.data.hold_until)
    await _save_hold(work, booking, begun)


async def take_payment(_context: Context, work: Work, event: Event[PaymentConfirmed]) -> None:
    """Money came. Of what is asked again nothing changes, and a tip is not booking's."""
    told = event.data
    if told.purpose is PaymentPurpose.TIP:
        return
    booking = await store.lock_booking(work, told.booking_id)
    if booking is None:
        raise LookupError("a payment for a booking that was never made")
    captured = Money.of(told.captured)
    if not await store.insert_capture(work, booking.id, told.payment_id, captured, told.purpose):
        return
    # Topics are not in one order: what went back of it may have been told before it.
    early = Money(await store.find_given_back(work, booking.id, told.payment_id), captured.currency)
    take = _take_balance if told.purpose is PaymentPurpose.BALANCE else _confirm
    await take(work, booking, told.payment_id, captured, early)


async def _confirm(work: Work, booking: Booking, payment_id: PaymentId, captured: Money, early: Money) -> None:
    """What was due is paid: confirm. Money for a dead booking takes its slot again if free, else goes back."""
    paid = booking.take_payment(captured).gave_back(early)
    if booking.status is Status.HELD or (booking.status is Status.EXPIRED and await take_again(work, booking)):
        confirmed = paid.confirm(payment_id)
        await store.save_booking(work, confirmed)
        lost = await tell_confirmed(work, confirmed, await led_by(work, confirmed))
        await fulfil(work, confirmed.id)
        log.info("booking.confirmed", booking_id=str(booking.id))
        await _give_back_shares(work, confirmed, payment_id, lost)
        return
    reason = "second-payment" if booking.status.is_live else "booking-not-live"
    await _send_back(work, paid, payment_id, captured - early, reason)


async def _give_back_shares(work: Work, payer: Booking, payment_id: PaymentId, lost: Sequence[Booking]) -> None:
    """Of a series paid in advance: what was paid for bookings that were called off before, or are not to be had now."""
    for one in lost:
        if one.share is not None:
            payer = await ask_share_back(work, one, payer, payment_id, one.share, "slot-lost")


async def _take_balance(work: Work, booking: Booking, payment_id: PaymentId, captured: Money, early: Money) -> None:
    """The rest of the price; what is more than it, or too late, goes back."""
    if booking.takes_balance and booking.owes(captured):
        paid = booking.take_balance(captured).gave_back(early)
        await store.save_booking(work, paid)
        await work.publish(tell(BookingPaid, paid, payment_id=payment_id))
        log.info("booking.paid", booking_id=str(booking.id))
        return
    reason = "second-payment" if booking.takes_balance else "booking-not-live"
    await _send_back(work, booking.take_payment(captured).gave_back(early), payment_id, captured - early, reason)


async def _send_back(work: Work, paid: Booking, payment_id: PaymentId, rest: Money, reason: str) -> None:
    if rest:
        await ask_refund(work, paid, payment_id, rest, reason)
    else:
        await store.save_booking(work, paid)


async def close_payment(context: Context, work: Work, event: Event[PaymentClosed]) -> None:
    """The payment can collect no more: a due hold expires, one that still runs may be paid anew."""
    booking = await store.lock_booking(work, event.data.booking_id)
    if booking is None or booking.status is not Status.HELD:
        return
    if booking.payment_id not in (None, event.data.payment_id):
        return
    if booking.close_asked:
        await expire(work, booking)
    else:
        offered = await store.was_offered(work, booking.id)
        vertical = context.verticals.get(work.scope)
        at = _pay_anew(vertical, booking, await work.now(), offered=offered)
        apart = await paid_apart_until(work, vertical, booking)
        at = at if apart is None else max(at, apart)
        await _save_hold(work, booking, booking.forget_payment(event.data.payment_id, at))


async def take_note_of_refund(_context: Context, work: Work, event: Event[PaymentRefunded]) -> None:
    """What others gave back is not given back here again.

    What we asked for is known, and a second payment's is none of what is kept.
    """
    told = event.data
    if told.origin not in _BY_OTHERS or told.purpose is PaymentPurpose.TIP:
        return
    booking = await store.lock_booking(work, told.booking_id)
    if booking is None:
        raise LookupError("a refund for a booking that was never made")
    noted, reason = Money.of(told.refund), f"{GIVEN_BACK}{told.origin}:{told.refund_id}"
    given = booking
    # Never more than is left of that payment: it may be what was asked for here, given up, and then made by hand.
    left = await store.find_left(work, told.payment_id)
    if left is not None:
        given = booking.gave_back(min(noted, Money(max(left, 0), noted.currency)))
        noted = given.refunded - booking.refunded
    if await store.insert_given_back(work, booking.id, told.payment_id, told.refund_id, reason, noted):
        await store.save_booking(work, given)


def _pay_anew(vertical: Vertical, booking: Booking, now: datetime, *, offered: bool) -> datetime:
    """As long as a new hold lasts, and no less than whoever was approved, or waited for it, was given."""
    again = now + timedelta(minutes=vertical.booking.hold_minutes)
    if offered:
        again = max(again, booking.created_at + timedelta(minutes=vertical.booking.offer_minutes))
    return again if booking.approved_at is None else max(again, pay_until(vertical, booking.approved_at))


async def _save_hold(work: Work, before: Booking, after: Booking) -> None:
    if after == before:
        return
    await store.save_booking(work, after)
    if after.hold_expires_at != before.hold_expires_at:
        await work.publish(tell(BookingHoldMoved, after))
        log.info("booking.hold_moved", booking_id=str(after.id), until=str(after.hold_expires_at))
