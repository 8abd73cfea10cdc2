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
        INSERT INTO refund (id, booking_id, payment_id, reason, amount_minor, share_of)
        VALUES (:id, :booking_id, :payment_id, :reason, :amount_minor, :share_of)
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
SUM_GIVEN_BACK: Final = statement(
    text("""
        SELECT CAST(coalesce(sum(amount_minor), 0) AS bigint) FROM refund
        WHERE payment_id = :payment_id AND booking_id = :booking_id
    """)
)
SUM_SHARE_ASKED: Final = statement(
    text("""
        SELECT CAST(coalesce(sum(amount_minor), 0) AS bigint) FROM refund
        WHERE payment_id = :payment_id AND share_of = :booking_id
    """)
)
FIND_LEFT: Final = statement(
    text("""
        SELECT CAST(capture.amount_minor - coalesce((SELECT sum(amount_minor) FROM refund
                                                     WHERE refund.payment_id = capture.payment_id), 0) AS bigint)
        FROM capture WHERE payment_id = :payment_id
    """)
)
INSERT_GIVEN_BACK: Final = statement(
    text("""
        INSERT INTO refund (id, booking_id, payment_id, reason, amount_minor)
        VALUES (:id, :booking_id, :payment_id, :reason, :amount_minor)
        ON CONFLICT DO NOTHING
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
    session: Session,
    booking_id: BookingId,
    payment_id: PaymentId,
    reason: str,
    amount: Money,
    *,
    share_of: BookingId | None = None,
) -> RefundId | None:
    """The new refund's id; None when this payment already has one for this reason.

    `share_of`: the booking whose share of the payment it is, where the payment is for several.
    """
    refund_id = RefundId(new_id())
    values = {"booking_id": booking_id, "payment_id": payment_id, "reason": reason, "amount_minor": amount.minor}
    return refund_id if await session.run(INSERT_REFUND, id=refund_id, share_of=share_of, **values) else None


async def insert_given_back(
    session: Session, booking_id: BookingId, payment_id: PaymentId, refund_id: RefundId, reason: str, amount: Money
) -> bool:
    """A refund that somebody else made; False when it is known, be it as one of our own."""
    values = {"booking_id": booking_id, "payment_id": payment_id, "reason": reason, "amount_minor": amount.minor}
    return await session.run(INSERT_GIVEN_BACK, id=refund_id, **values) == 1


async def find_left(session: Session, payment_id: PaymentId) -> int | None:
    """Centavos of this payment not known to have gone back or asked back; None when its money was not counted yet."""
    left: int | None = await session.value(FIND_LEFT, payment_id=payment_id)
    return left


async def find_asked_for(session: Session, payment_id: PaymentId, booking_id: BookingId) -> int:
    """Centavos of a payment for several bookings that were asked back for this one."""
    return int(await session.value(SUM_SHARE_ASKED, payment_id=payment_id, booking_id=booking_id))


async def find_given_back(session: Session, booking_id: BookingId, payment_id: PaymentId) -> int:
    """Centavos of this payment that are known to have gone back, or were asked back."""
    return int(await session.value(SUM_GIVEN_BACK, booking_id=booking_id, payment_id=payment_id))
