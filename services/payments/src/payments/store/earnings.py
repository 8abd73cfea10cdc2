"""Which intents' services are over, so that what they brought is somebody's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import BookingId, PaymentId
from payments.domain.intent import Intent
from payments.store.intents import intent_of

# What was cancelled waits a little: the refund by policy is asked for in another topic. Late money is booking's to take
# or to send back first.
EARN_SOON: Final = statement(
    text("""
        UPDATE intent SET earn_due_at = app_now()
               + CASE payable.status WHEN 'cancelled' THEN CAST(:wait AS interval) ELSE interval '0' END
        FROM payable
        WHERE payable.booking_id = intent.booking_id AND intent.booking_id = ANY (CAST(:booking_ids AS uuid[]))
          AND payable.status = ANY (ARRAY['completed', 'no_show', 'cancelled'])
          AND NOT intent.earned AND intent.earn_due_at IS NULL AND intent.status <> 'paid_late'
          AND intent.captured_minor > intent.refunded_minor
    """)
)
CLAIM_EARNINGS: Final = statement(
    text("""
        SELECT * FROM intent WHERE earn_due_at <= app_now()
        ORDER BY earn_due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    """)
)
CLAIM_EARNING: Final = statement(
    text("SELECT * FROM intent WHERE id = :id AND earn_due_at <= app_now() FOR UPDATE SKIP LOCKED")
)
FIND_EARNINGS: Final = statement(
    text("SELECT id FROM intent WHERE earn_due_at <= app_now() ORDER BY earn_due_at, id LIMIT :most")
)
PUT_OFF: Final = statement(
    text("UPDATE intent SET earn_due_at = app_now() + :wait WHERE id = :id AND earn_due_at <= app_now()")
)
EARN_LATER: Final = statement(text("UPDATE intent SET earn_due_at = app_now() + :wait WHERE id = :id"))
EARN_DONE: Final = statement(text("UPDATE intent SET earn_due_at = NULL, earned = true WHERE id = :id"))
IS_GOING_BACK: Final = statement(
    text(
        """
        SELECT bool_or(due_at IS NOT NULL) FROM refund
        WHERE intent_id = :intent_id AND status <> ALL (ARRAY['done', 'rejected', 'abandoned'])
        """
    )
)


async def earn_soon(session: Session, booking_ids: Sequence[BookingId], wait: timedelta) -> None:
    """Have shared out what those of the bookings brought that are over; `wait` is for cancelled ones."""
    await session.run(EARN_SOON, booking_ids=booking_ids, wait=wait)


async def claim_earnings(session: Session, most: int) -> list[Intent]:
    """Intents whose money is due to be shared out, locked, those that waited longest first."""
    return [intent_of(row) for row in await session.all(CLAIM_EARNINGS, most=most)]


async def find_due_earnings(session: Session, most: int) -> list[PaymentId]:
    """Their ids and no more of them."""
    return [row["id"] for row in await session.all(FIND_EARNINGS, most=most)]


async def lock_due_earning(session: Session, intent_id: PaymentId) -> Intent | None:
    """That one while it is due and nobody else has it."""
    row = await session.one(CLAIM_EARNING, id=intent_id)
    return intent_of(row) if row is not None else None


async def put_off_earning(session: Session, intent_id: PaymentId, wait: timedelta) -> None:
    """Have one that is due come again in a while."""
    await session.run(PUT_OFF, id=intent_id, wait=wait)


async def earn_later(session: Session, intent_id: PaymentId, wait: timedelta) -> None:
    """Look at it again in a while."""
    await session.run(EARN_LATER, id=intent_id, wait=wait)


async def earn_done(session: Session, intent_id: PaymentId) -> None:
    """It is shared out; what changes later is shared out with the change."""
    await session.run(EARN_DONE, id=intent_id)


async def is_going_back(session: Session, intent_id: PaymentId) -> bool | None:
    """Whether a refund of the intent is under way: True; False for one that waits for a person; None without any."""
    under_way: bool | None = await session.value(IS_GOING_BACK, intent_id=intent_id)
    return under_way
