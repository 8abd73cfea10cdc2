"""Money that booking asks payments to give back. What pays for a booking may be another one's payment: of a series that
was paid in advance."""

from booking import store
from booking.domain.booking import Booking
from booking.domain.policy import Kept
from booking.usecases.facts import tell
from common.money import Money
from common.uow import Work
from contracts.booking import BookingRefundDue
from contracts.ids import BookingId, PaymentId


async def find_kept(work: Work, booking: Booking) -> Kept:
    """What was paid for it and not given back: of what was due, and beyond it."""
    payer = await _payer_of(work, booking)
    if payer is not None and booking.share is not None:
        nothing = Money.zero(booking.price.currency)
        return Kept(min(booking.share - await _asked_of_share(work, booking, payer), payer.kept), nothing)
    balances = await store.find_balances(work, booking)
    beyond = sum(balances.values(), Money.zero(booking.price.currency))
    return Kept(booking.kept - beyond, beyond)


async def ask_refund(
    work: Work,
    booking: Booking,
    payment_id: PaymentId,
    amount: Money,
    reason: str,
    *,
    share_of: BookingId | None = None,
) -> Booking:
    """Tell payments to give money back, once per payment and reason."""
    refund_id = await store.insert_refund(work, booking.id, payment_id, reason, amount, share_of=share_of)
    if refund_id is None:
        return booking
    asked = booking.ask_refund(amount)
    await store.save_booking(work, asked)
    await work.publish(
        tell(
            BookingRefundDue,
            asked,
            payment_id=payment_id,
            refund_id=refund_id,
            amount=amount.as_amount(),
            reason=reason,
        )
    )
    return asked


async def give_back(work: Work, booking: Booking, amount: Money, rule: str) -> Booking:
    """That much goes back: of what was paid beyond the due first, for a service that is not given; `rule` says why."""
    payer = await _payer_of(work, booking)
    if payer is not None:
        return await _give_share_back(work, booking, payer, amount, rule)
    left = amount
    for payment_id, kept in (await store.find_balances(work, booking)).items():
        if part := min(kept, left):
            booking, left = await ask_refund(work, booking, payment_id, part, "balance"), left - part
    if left and booking.payment_id is not None:
        return await ask_refund(work, booking, booking.payment_id, left, rule)
    return booking


async def give_balances_back(work: Work, booking: Booking) -> Booking:
    """What was paid beyond the due goes back whole: it was for a service that is not given."""
    for payment_id, kept in (await store.find_balances(work, booking)).items():
        booking = await ask_refund(work, booking, payment_id, kept, "balance")
    return booking


async def _give_share_back(work: Work, booking: Booking, payer: Booking, amount: Money, rule: str) -> Booking:
    if not amount or payer.payment_id is None:
        return booking
    paid = await ask_share_back(work, booking, payer, payer.payment_id, amount, rule)
    return paid if payer.id == booking.id else booking


async def ask_share_back(
    work: Work, booking: Booking, payer: Booking, payment_id: PaymentId, amount: Money, rule: str
) -> Booking:
    """Of the payer's payment, for the booking: the reason names it, so that no share goes back twice."""
    return await ask_refund(work, payer, payment_id, amount, f"{rule}:{booking.id}", share_of=booking.id)


async def _asked_of_share(work: Work, booking: Booking, payer: Booking) -> Money:
    if payer.payment_id is None:
        return Money.zero(booking.price.currency)
    asked = await store.find_asked_for(work, payer.payment_id, booking.id)
    return Money(asked, booking.price.currency)


async def _payer_of(work: Work, booking: Booking) -> Booking | None:
    """Whose payment is for it, where a series was paid in advance."""
    if booking.payer_id is None or booking.payer_id == booking.id:
        return booking if booking.payer_id is not None else None
    return await store.lock_booking(work, booking.payer_id)
