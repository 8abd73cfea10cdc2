"""Login attempts by the mark of an e-mail address, whether it has an account or not."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, text

from common.db import Session, statement
from identity.domain.attempts import Attempts
from identity.store.tables import LOGIN_ATTEMPT

# The update that changes nothing locks a row that is there already.
OPEN_ATTEMPTS: Final = statement(
    text("""
        INSERT INTO login_attempt (mark, failures, kept_until) VALUES (:mark, 0, app_now())
        ON CONFLICT (mark) DO UPDATE SET mark = excluded.mark
        RETURNING failures, last_at, locked_until
    """)
)
SELECT_ATTEMPTS: Final = statement(
    select(LOGIN_ATTEMPT.c.failures, LOGIN_ATTEMPT.c.last_at, LOGIN_ATTEMPT.c.locked_until).where(
        LOGIN_ATTEMPT.c.mark == bindparam("which")
    )
)
SAVE_ATTEMPTS: Final = statement(
    text("""
        UPDATE login_attempt
        SET failures = :failures, last_at = :last_at, locked_until = :locked_until, kept_until = :kept_until
        WHERE mark = :which
    """)
)
FORGET_ATTEMPTS: Final = statement(delete(LOGIN_ATTEMPT).where(LOGIN_ATTEMPT.c.mark == bindparam("which")))
DROP_OLD: Final = statement(
    text("""
        DELETE FROM login_attempt WHERE mark IN
            (SELECT mark FROM login_attempt WHERE kept_until <= app_now() ORDER BY kept_until LIMIT :most
             FOR UPDATE SKIP LOCKED)
    """)
)


async def lock_attempts(session: Session, mark: bytes) -> Attempts:
    """What is remembered; none at all makes a row."""
    row = await session.one(OPEN_ATTEMPTS, mark=mark)
    return Attempts(row["failures"], row["last_at"], row["locked_until"]) if row is not None else Attempts()


async def find_attempts(session: Session, mark: bytes) -> Attempts | None:
    row = await session.one(SELECT_ATTEMPTS, which=mark)
    return Attempts(row["failures"], row["last_at"], row["locked_until"]) if row is not None else None


async def save_attempts(session: Session, mark: bytes, attempts: Attempts, kept_until: datetime) -> None:
    await session.run(
        SAVE_ATTEMPTS,
        which=mark,
        failures=attempts.failures,
        last_at=attempts.last_at,
        locked_until=attempts.locked_until,
        kept_until=kept_until,
    )


async def forget_attempts(session: Session, mark: bytes) -> None:
    await session.run(FORGET_ATTEMPTS, which=mark)


async def drop_old_attempts(session: Session, most: int) -> int:
    return await session.run(DROP_OLD, most=most)
