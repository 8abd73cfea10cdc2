"""One-time codes on their way to guests' contacts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, text, update

from common.db import Session, statement
from contracts.ids import AccountId
from identity.domain.contact import Sealed
from identity.domain.guest import Challenge, Channel
from identity.store.tables import CHALLENGE

INSERT_CHALLENGE: Final = statement(
    insert(CHALLENGE).values({column.name: bindparam(column.name) for column in CHALLENGE.columns})
)
SAVE_CHALLENGE: Final = statement(
    update(CHALLENGE)
    .where(CHALLENGE.c.id == bindparam("challenge_id"))
    .values(tries=bindparam("new_tries"), settled_at=bindparam("new_settled_at"))
)
LOCK_CHALLENGE: Final = statement(
    select(CHALLENGE).where(CHALLENGE.c.id == bindparam("challenge_id")).with_for_update()
)
RECENTLY_SENT: Final = statement(
    text("""
        SELECT created_at FROM guest_challenge
        WHERE mark = ANY (CAST(:marks AS bytea[])) ORDER BY created_at DESC LIMIT :most
    """)
)
DELETE_BY_MARK: Final = statement(text("DELETE FROM guest_challenge WHERE mark = :mark RETURNING *"))
DROP_OLD: Final = statement(
    text("""
        DELETE FROM guest_challenge WHERE id IN
            (SELECT id FROM guest_challenge WHERE kept_until <= app_now() ORDER BY kept_until LIMIT :most
             FOR UPDATE SKIP LOCKED)
        RETURNING *
    """)
)


async def insert_challenge(session: Session, challenge: Challenge, mark: bytes, kept_until: datetime) -> None:
    await session.run(
        INSERT_CHALLENGE,
        id=challenge.id,
        version=challenge.version,
        mark=mark,
        channel=challenge.channel,
        code_mark=challenge.code_mark,
        key_id=challenge.sealed.key_id,
        nonce=challenge.sealed.nonce,
        box=challenge.sealed.box,
        tries=challenge.tries,
        created_at=challenge.created_at,
        settled_at=challenge.settled_at,
        kept_until=kept_until,
    )


async def save_challenge(session: Session, challenge: Challenge) -> None:
    await session.run(
        SAVE_CHALLENGE, challenge_id=challenge.id, new_tries=challenge.tries, new_settled_at=challenge.settled_at
    )


async def lock_challenge(session: Session, challenge_id: AccountId) -> Challenge | None:
    row = await session.one(LOCK_CHALLENGE, challenge_id=challenge_id)
    return _challenge(row) if row is not None else None


async def find_sent(session: Session, marks: Sequence[bytes], most: int) -> Sequence[datetime]:
    """When codes went to a contact, newest first."""
    return [row["created_at"] for row in await session.all(RECENTLY_SENT, marks=list(marks), most=most)]


async def delete_challenges(session: Session, mark: bytes) -> Sequence[Challenge]:
    """Every code of a contact, taken away."""
    return [_challenge(row) for row in await session.all(DELETE_BY_MARK, mark=mark)]


async def drop_old_challenges(session: Session, most: int) -> Sequence[Challenge]:
    """Some that are over, taken away."""
    return [_challenge(row) for row in await session.all(DROP_OLD, most=most)]


def _challenge(row: Mapping[str, Any]) -> Challenge:
    return Challenge(
        id=AccountId(row["id"]),
        version=row["version"],
        channel=Channel(row["channel"]),
        code_mark=row["code_mark"],
        sealed=Sealed(row["key_id"], row["nonce"], row["box"]),
        created_at=row["created_at"],
        tries=row["tries"],
        settled_at=row["settled_at"],
    )
