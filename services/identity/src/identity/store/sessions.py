"""Sessions: families of refresh tokens. A token is kept as its SHA-256: 256 random bits need no slower hash."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, text, update

from common.db import Session as Connection
from common.db import statement
from contracts.ids import AccountId
from identity.domain.session import Session, SessionId, SessionRecord
from identity.store.tables import REFRESH_TOKEN, SESSION

INSERT_SESSION: Final = statement(
    insert(SESSION).values({column.name: bindparam(column.name) for column in SESSION.columns})
)
INSERT_TOKEN: Final = statement(
    insert(REFRESH_TOKEN).values(
        hash=bindparam("hash"), family_id=bindparam("family_id"), expires_at=bindparam("expires_at"), used_at=None
    )
)
# The family's row is locked, so two who present one token come one after the other.
LOCK_BY_TOKEN: Final = statement(
    select(
        SESSION.c.id,
        SESSION.c.account_id,
        SESSION.c.expires_at,
        SESSION.c.revoked_at,
        REFRESH_TOKEN.c.hash,
    )
    .join(REFRESH_TOKEN, REFRESH_TOKEN.c.family_id == SESSION.c.id)
    .where(REFRESH_TOKEN.c.hash == bindparam("token_hash"))
    .with_for_update(of=SESSION)
)
SELECT_TOKEN: Final = statement(
    select(REFRESH_TOKEN.c.expires_at, REFRESH_TOKEN.c.used_at).where(REFRESH_TOKEN.c.hash == bindparam("token_hash"))
)
USE_TOKEN: Final = statement(
    update(REFRESH_TOKEN).where(REFRESH_TOKEN.c.hash == bindparam("token_hash")).values(used_at=bindparam("now"))
)
TOUCH: Final = statement(
    update(SESSION).where(SESSION.c.id == bindparam("session_id")).values(last_used_at=bindparam("now"))
)
REVOKE: Final = statement(
    text("""
        UPDATE session_family SET revoked_at = :now, kept_until = LEAST(kept_until, :kept_until)
        WHERE id = :session_id AND revoked_at IS NULL
    """)
)
REVOKE_BEYOND: Final = statement(
    text("""
        UPDATE session_family SET revoked_at = :now, kept_until = LEAST(kept_until, :kept_until)
        WHERE id IN (SELECT id FROM session_family
                     WHERE account_id = :account_id AND revoked_at IS NULL AND expires_at > :now
                     ORDER BY last_used_at DESC, id DESC OFFSET :most)
    """)
)
DELETE_ALL: Final = statement(text("DELETE FROM session_family WHERE account_id = :account_id"))
PAGE_SESSIONS: Final = statement(
    select(SESSION)
    .where(SESSION.c.account_id == bindparam("account_id"))
    .order_by(SESSION.c.created_at.desc())
    .limit(bindparam("most"))
)
DROP_OLD: Final = statement(
    text("""
        DELETE FROM session_family WHERE id IN
            (SELECT id FROM session_family WHERE kept_until <= app_now() ORDER BY kept_until LIMIT :most
             FOR UPDATE SKIP LOCKED)
    """)
)


async def insert_session(connection: Connection, session: Session, now: datetime) -> None:
    await connection.run(
        INSERT_SESSION,
        id=session.id,
        account_id=session.account_id,
        created_at=now,
        last_used_at=now,
        expires_at=session.expires_at,
        revoked_at=None,
        kept_until=session.expires_at,
    )


async def insert_token(connection: Connection, token_hash: bytes, session_id: SessionId, expires_at: datetime) -> None:
    await connection.run(INSERT_TOKEN, hash=token_hash, family_id=session_id, expires_at=expires_at)


async def lock_by_token(connection: Connection, token_hash: bytes) -> Session | None:
    """The token's family, locked; whether the token is used is read after the lock is ours."""
    row = await connection.one(LOCK_BY_TOKEN, token_hash=token_hash)
    if row is None:
        return None
    token = await connection.one(SELECT_TOKEN, token_hash=token_hash)
    return _session(row, token) if token is not None else None


async def use_token(connection: Connection, token_hash: bytes, session_id: SessionId, now: datetime) -> None:
    """It was good for this one time."""
    await connection.run(USE_TOKEN, token_hash=token_hash, now=now)
    await connection.run(TOUCH, session_id=session_id, now=now)


async def revoke(connection: Connection, session_id: SessionId, now: datetime, kept_until: datetime) -> None:
    await connection.run(REVOKE, session_id=session_id, now=now, kept_until=kept_until)


async def revoke_beyond(
    connection: Connection, account_id: AccountId, most: int, now: datetime, kept_until: datetime
) -> None:
    """Only the `most` sessions used last go on."""
    await connection.run(REVOKE_BEYOND, account_id=account_id, most=most, now=now, kept_until=kept_until)


async def delete_sessions(connection: Connection, account_id: AccountId) -> None:
    await connection.run(DELETE_ALL, account_id=account_id)


async def page_sessions(connection: Connection, account_id: AccountId, most: int) -> Sequence[SessionRecord]:
    """Newest first."""
    rows = await connection.all(PAGE_SESSIONS, account_id=account_id, most=most)
    return [
        SessionRecord(
            SessionId(row["id"]), row["created_at"], row["last_used_at"], row["expires_at"], row["revoked_at"]
        )
        for row in rows
    ]


async def drop_old_sessions(connection: Connection, most: int) -> int:
    return await connection.run(DROP_OLD, most=most)


def _session(row: Mapping[str, Any], token: Mapping[str, Any]) -> Session:
    return Session(
        id=SessionId(row["id"]),
        account_id=AccountId(row["account_id"]),
        expires_at=row["expires_at"],
        revoked=row["revoked_at"] is not None,
        token_expires_at=token["expires_at"],
        token_used=token["used_at"] is not None,
    )
