"""Whose a movement of our bank account is: found by a job for clients' transfers, said by a person for the rest.

First the movement says what it is about (`matching`), then that is booked in the vertical, then it has ended. So of two
workers, or a worker and a person, only one decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.due import readable
from payments.domain.bank import Movement, MovementStatus
from payments.domain.intent import Intent
from payments.store.intents import intent_of
from payments.store.movements import movement_of
from payments.store.tables import BANK_MOVEMENT, INTENT

CLAIM: Final = statement(
    text("""
        WITH due AS (SELECT id FROM bank_movement
                     WHERE match_due_at <= app_now() AND status = ANY (ARRAY['unmatched', 'matching'])
                     ORDER BY match_due_at LIMIT :most FOR UPDATE SKIP LOCKED)
        UPDATE bank_movement SET match_due_at = app_now() + CAST(:lease AS interval), match_tries = match_tries + 1
        FROM due WHERE due.id = bank_movement.id RETURNING bank_movement.*
    """)
)
AGAIN: Final = statement(
    text("UPDATE bank_movement SET match_due_at = app_now() + CAST(:wait AS interval) WHERE id = :id")
)
FIND: Final = statement(select(BANK_MOVEMENT).where(BANK_MOVEMENT.c.id == bindparam("id")))
LOCK: Final = statement(select(BANK_MOVEMENT).where(BANK_MOVEMENT.c.id == bindparam("id")).with_for_update())
DECIDE: Final = statement(
    text("""
        UPDATE bank_movement SET status = 'matching', vertical = :vertical, matched_id = :matched_id,
               match_due_at = app_now() + CAST(:lease AS interval)
        WHERE id = :id
    """)
)
IS_BOOKED: Final = statement(text("SELECT 1 FROM ledger_transaction WHERE reference = :reference"))
FIND_BY_CODE: Final = statement(select(INTENT).where(INTENT.c.transfer_code == bindparam("code")))
PAGE: Final = statement(
    text("""
        SELECT * FROM bank_movement
        WHERE kind = 'transfer_in' AND status = ANY (CAST(:statuses AS text[]))
          AND (CAST(:after AS text) IS NULL OR (at, id) > (SELECT at, id FROM bank_movement WHERE id = :after))
        ORDER BY at, id LIMIT :most
    """)
)


@dataclass(frozen=True, slots=True)
class Matching:
    """A movement and how far it is: `vertical` and `matched_id` say what it is about once that is decided.

    That is a payment for money that came in, a refund for money that left.
    """

    movement: Movement
    status: MovementStatus
    tries: int
    vertical: str | None
    matched_id: UUID | None


async def claim_matching(session: Session, most: int, lease: timedelta) -> list[Matching]:
    """Movements that are nobody's yet, or not booked yet; those that waited longest first."""
    return readable("match_transfers", await session.all(CLAIM, most=most, lease=lease), _matching)


async def match_later(session: Session, movement_id: str, wait: timedelta) -> None:
    """Look at it again in a while."""
    await session.run(AGAIN, id=movement_id, wait=wait)


async def find_matching(session: Session, movement_id: str) -> Matching | None:
    """One movement."""
    row = await session.one(FIND, id=movement_id)
    return _matching(row) if row is not None else None


async def lock_matching(session: Session, movement_id: str) -> Matching | None:
    """One movement, ours until the transaction ends."""
    row = await session.one(LOCK, id=movement_id)
    return _matching(row) if row is not None else None


async def decide_matching(
    session: Session, movement_id: str, vertical: str, matched_id: UUID, lease: timedelta
) -> None:
    """Say what it is about; whoever said so books it within `lease`. The caller holds the movement."""
    await session.run(DECIDE, id=movement_id, vertical=vertical, matched_id=matched_id, lease=lease)


async def is_booked(session: Session, reference: str) -> bool:
    """Whether an entry of that name is in this scope's ledger."""
    return await session.value(IS_BOOKED, reference=reference) is not None


async def find_by_code(session: Session, code: str) -> Intent | None:
    """The payment with that reference."""
    row = await session.one(FIND_BY_CODE, code=code)
    return intent_of(row) if row is not None else None


async def page_transfers(
    session: Session, statuses: Sequence[MovementStatus], after: str | None, most: int
) -> list[Matching]:
    """Clients' transfers, oldest first, after that one."""
    found = [status.value for status in statuses]
    return [_matching(row) for row in await session.all(PAGE, statuses=found, after=after, most=most)]


def _matching(row: Row) -> Matching:
    status = MovementStatus(row["status"])
    return Matching(movement_of(row), status, row["match_tries"], row["vertical"], row["matched_id"])
