"""Attempts: our requests to MercadoPago. Whoever changes one holds its intent's row."""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, text

from common.db import Row, Session, statement
from contracts.ids import PaymentId
from payments.domain.attempt import Attempt, AttemptStatus
from payments.domain.method import Means
from payments.store.tables import ATTEMPT

INSERT_ATTEMPT: Final = statement(
    insert(ATTEMPT).values({column.name: bindparam(column.name) for column in ATTEMPT.columns})
)
SAVE_ATTEMPT: Final = statement(
    text("""
        UPDATE attempt SET status = :status, tries = :tries, preference_id = :preference_id, busy_until = :busy_until,
               problem = :problem, means = :means, token_print = :token_print
        WHERE intent_id = :intent_id AND n = :n
    """)
)
FIND_ATTEMPTS: Final = statement(
    select(ATTEMPT).where(ATTEMPT.c.intent_id == bindparam("intent_id")).order_by(ATTEMPT.c.n)
)


async def insert_attempt(session: Session, attempt: Attempt) -> None:
    """A new attempt."""
    await session.run(INSERT_ATTEMPT, **_values(attempt))


async def save_attempt(session: Session, attempt: Attempt) -> None:
    """How far it got; what it is paid with goes once it is decided."""
    await session.run(SAVE_ATTEMPT, **_values(attempt))


async def find_attempts(session: Session, intent_id: PaymentId) -> list[Attempt]:
    """An intent's attempts, oldest first; never empty for one that a payer asked for."""
    return [_attempt(row) for row in await session.all(FIND_ATTEMPTS, intent_id=intent_id)]


def _values(attempt: Attempt) -> dict[str, Any]:
    values = {field.name: getattr(attempt, field.name) for field in fields(attempt)}
    return values | {"means": attempt.means.kept() if attempt.means is not None else None}


def _attempt(row: Row) -> Attempt:
    means = Means.read(row["means"]) if row["means"] is not None else None
    return Attempt(**{**row, "status": AttemptStatus(row["status"]), "means": means})
