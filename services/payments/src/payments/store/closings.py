"""Intents that collect no more: who asks for their end, and who brings it about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from common.db import Row, Session, statement
from common.due import readable
from contracts.ids import BookingId, PaymentId
from payments.domain.intent import Intent
from payments.domain.method import SLOW
from payments.store.intents import intent_of

CLOSE_SOON: Final = statement(
    text("""
        UPDATE intent SET close_due_at = app_now() + :wait, close_reason = coalesce(close_reason, :reason)
        WHERE id = :id
    """)
)
CLOSE_DEAD: Final = statement(
    text("""
        UPDATE intent SET close_due_at = app_now(),
               close_reason = CASE payable.status WHEN 'expired' THEN 'hold_ran_out' ELSE 'cancelled' END
        FROM payable
        WHERE payable.booking_id = intent.booking_id AND payable.booking_id = ANY (CAST(:booking_ids AS uuid[]))
          AND (payable.status = ANY (ARRAY['cancelled', 'expired'])
               OR intent.purpose = 'due' AND payable.status <> 'held')
          AND intent.close_due_at IS NULL
          AND intent.status = ANY (ARRAY['created', 'awaiting_payer', 'processing', 'authorized'])
    """)
)
_SLOW_NAMES: Final = sorted(SLOW)
# Nothing waits for a balance or a tip, so nobody asks to close their pages.
CLOSE_RUN_OUT: Final = statement(
    text("""
        UPDATE intent SET close_due_at = app_now(), close_reason = coalesce(close_reason, 'hold_ran_out')
        WHERE id = ANY (ARRAY(SELECT id FROM intent
                              WHERE purpose <> 'due' AND expires_at < app_now() AND close_due_at IS NULL
                                AND (way <> ALL (CAST(:slow AS text[])) OR expires_at <= :slow_before)
                                AND status = ANY (ARRAY['created', 'awaiting_payer', 'processing', 'authorized'])
                              ORDER BY expires_at, id LIMIT :most FOR UPDATE SKIP LOCKED))
    """)
)
CLAIM_CLOSINGS: Final = statement(
    text("""
        UPDATE intent SET close_due_at = app_now() + :lease, close_tries = close_tries + 1
        WHERE id = ANY (ARRAY(SELECT id FROM intent WHERE close_due_at <= app_now()
                              ORDER BY close_due_at, id LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING *
    """)
)
CLOSE_DONE: Final = statement(
    text("""
        UPDATE intent SET close_due_at = NULL, close_tries = 0, looks = 0,
               look_due_at = CASE WHEN way <> ALL (ARRAY['transfer', 'credit'])
                                  THEN app_now() + interval '1 hour' END
        WHERE id = :intent_id
    """)
)


@dataclass(frozen=True, slots=True)
class Closing:
    """An intent claimed for closing, and how often that was tried."""

    intent: Intent
    tries: int
    hold_ran_out: bool


async def close_soon(session: Session, intent_id: PaymentId, reason: str, wait: timedelta = timedelta(0)) -> None:
    """Have the intent closed at MercadoPago; the first reason stays."""
    await session.run(CLOSE_SOON, id=intent_id, reason=reason, wait=wait)


async def close_dead(session: Session, booking_ids: Sequence[BookingId]) -> int:
    """Have the open intents closed of those bookings that are over, or whose due another intent paid; how many."""
    return await session.run(CLOSE_DEAD, booking_ids=booking_ids)


async def close_run_out(session: Session, most: int, slow_before: datetime) -> int:
    """Have open balances and tips closed whose pages have run out; how many.

    `slow_before` is until when a ticket or a transfer must have been paid for its money to be here by now.
    """
    return await session.run(CLOSE_RUN_OUT, most=most, slow=_SLOW_NAMES, slow_before=slow_before)


async def claim_closings(session: Session, most: int, lease: timedelta) -> list[Closing]:
    """Intents to be closed now; nobody else takes them up within `lease`."""
    rows = await session.all(CLAIM_CLOSINGS, most=most, lease=lease)
    return readable("close_due_payments", rows, _closing)


async def close_done(session: Session, intent_id: PaymentId) -> None:
    """Nothing is left to close."""
    await session.run(CLOSE_DONE, intent_id=intent_id)


def _closing(row: Row) -> Closing:
    return Closing(intent_of(row), row["close_tries"], row["close_reason"] == "hold_ran_out")
