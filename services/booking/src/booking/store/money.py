"""What was paid for bookings, and what was asked back."""

from typing import Final

from sqlalchemy import text

from booking.domain.booking import Booking
from common.db import Session, statement
from common.money import Money
from contracts.ids import BookingId, PaymentId, RefundId, new_id
from contracts.payments import PaymentPurpose

INSERT_CAPTURE: Final = statement(
    text("""
        INSERT INTO capture (payment_id, booking_id, amount_minor, purpose)
        VALUES (:payment_id, :booking_id, :amount_minor, :purpose)
        ON CONFLICT DO NOTHING
    """)
)
INSERT_REFUND: Final = statement(
    text("""
        INSERT INTO refund (id, booking_id, payment_id, reason, amount_minor)
        VALUES (:id, :booking_id, :payment_id, :reason, :amount_minor)
        ON CONFLICT (payment_id, reason) DO NOTHING
    """)
)


# What of it was asked back already is not there to be asked back again.
FIND_BALANCES: Final = statement(
    text("""
        SELECT payment_id, amount_minor - coalesce((SELECT sum(amount_minor) FROM refund
                                                    WHERE refund.payment_id = capture.payment_id), 0) AS kept_minor
        FROM capture WHERE booking_id = :booking_id AND purpose = 'balance' ORDER BY payment_id
    """)
)


async def insert_capture(
    session: Session, booking_id: BookingId, payment_id: PaymentId, amount: Money, purpose: PaymentPurpose
) -> bool:
    """Whether this payment's money is new to us."""
    values = {"booking_id": booking_id, "payment_id": payment_id, "amount_minor": amount.minor}
    return await session.run(INSERT_CAPTURE, **values, purpose=purpose.value) == 1


async def find_balances(session: Session, booking: Booking) -> dict[PaymentId, Money]:
    """What was paid beyond the due and not asked back, by payment."""
    rows = await session.all(FIND_BALANCES, booking_id=booking.id)
    currency = booking.price.currency
    return {row["payment_id"]: Money(int(row["kept_minor"]), currency) for row in rows if row["kept_minor"] > 0}


async def insert_refund(
    session: Session, booking_id: BookingId, payment_id: PaymentId, reason: str, amount: Money
) -> RefundId | None:
    """The new refund's id; None when this payment already has one for this reason."""
    refund_id = RefundId(new_id())
    values = {"booking_id": booking_id, "payment_id": payment_id, "reason": reason, "amount_minor": amount.minor}
    return refund_id if await session.run(INSERT_REFUND, id=refund_id, **values) else None
