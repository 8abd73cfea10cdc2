"""Accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, select, text, update

from common.db import Session, statement
from contracts.ids import AccountId
from identity.domain.account import Account, Kind
from identity.domain.contact import Sealed
from identity.store.tables import ACCOUNT

_STATE: Final = tuple(column for column in ACCOUNT.columns if column.name not in ("mark", "password_hash"))
_CHANGING: Final = ("version", "roles", "key_id", "nonce", "box", "erased_at")

INSERT_ACCOUNT: Final = statement(
    text(f"""
        INSERT INTO account ({", ".join(column.name for column in ACCOUNT.columns)})
        VALUES ({", ".join(f":{column.name}" for column in ACCOUNT.columns)})
        ON CONFLICT (mark) DO NOTHING
    """)  # noqa: S608 - column names of this module
)
UPDATE_ACCOUNT: Final = statement(
    update(ACCOUNT)
    .where(ACCOUNT.c.id == bindparam("account_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
SET_MARK: Final = statement(
    update(ACCOUNT).where(ACCOUNT.c.id == bindparam("account_id")).values(mark=bindparam("new_mark"))
)
# In one statement: the table's check holds an account to be either whole or empty.
ERASE_ACCOUNT: Final = statement(
    text("""
        UPDATE account SET version = :version, roles = '{}', erased_at = :erased_at,
               mark = NULL, password_hash = NULL, key_id = NULL, nonce = NULL, box = NULL
        WHERE id = :account_id
    """)
)
REPLACE_PASSWORD_HASH: Final = statement(
    update(ACCOUNT)
    .where(ACCOUNT.c.id == bindparam("account_id"), ACCOUNT.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"))
)
SELECT_MARK: Final = statement(select(ACCOUNT.c.mark).where(ACCOUNT.c.id == bindparam("account_id")))
SELECT_ACCOUNT: Final = statement(select(*_STATE).where(ACCOUNT.c.id == bindparam("account_id")))
LOCK_ACCOUNT: Final = statement(select(*_STATE).where(ACCOUNT.c.id == bindparam("account_id")).with_for_update())
SELECT_CREDENTIALS: Final = statement(
    text("SELECT id, password_hash FROM account WHERE mark = ANY (CAST(:marks AS bytea[])) LIMIT 1")
)
LOCK_BY_MARK: Final = statement(
    text("SELECT * FROM account WHERE mark = ANY (CAST(:marks AS bytea[])) LIMIT 1 FOR UPDATE")
)
# The unique mark alone would not do while keys are being changed: one contact has a mark for each of them.
LOCK_MARK: Final = statement(text("SELECT pg_advisory_xact_lock(hashtextextended(encode(:mark, 'hex'), 0))"))
PAGE_ACCOUNTS: Final = statement(
    select(*_STATE)
    .where(ACCOUNT.c.id > bindparam("after"))
    .order_by(ACCOUNT.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
PAGE_CONTACTS: Final = statement(
    select(*_STATE)
    .where(ACCOUNT.c.id > bindparam("after"), ACCOUNT.c.erased_at.is_(None))
    .order_by(ACCOUNT.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
LOCK_SEALED_WITH: Final = statement(
    text("""
        SELECT * FROM account WHERE erased_at IS NULL AND key_id = ANY (CAST(:key_ids AS text[]))
          AND (key_id, id) > (:after_key, :after_id)
        ORDER BY key_id, id LIMIT :most FOR UPDATE SKIP LOCKED
    """)
)


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a login is checked against."""

    account_id: AccountId
    password_hash: str | None


async def insert_account(session: Session, account: Account, mark: bytes, password_hash: str | None) -> bool:
    """False when there is an account of that mark."""
    values = _changing(account)
    count = await session.run(
        INSERT_ACCOUNT,
        id=account.id,
        kind=account.kind,
        locale=account.locale,
        mark=mark,
        password_hash=password_hash,
        created_at=account.created_at,
        **values,
    )
    return count == 1


async def save_account(session: Session, account: Account) -> None:
    """Everything that changes but the secrets."""
    values = {f"new_{name}": value for name, value in _changing(account).items()}
    await session.run(UPDATE_ACCOUNT, account_id=account.id, **values)


async def erase_account(session: Session, account: Account) -> None:
    """What led to the person goes."""
    await session.run(ERASE_ACCOUNT, account_id=account.id, version=account.version, erased_at=account.erased_at)


async def replace_mark(session: Session, account_id: AccountId, mark: bytes) -> None:
    """The same contact, marked with another key."""
    await session.run(SET_MARK, account_id=account_id, new_mark=mark)


async def replace_password_hash(session: Session, account_id: AccountId, old: str, new: str) -> None:
    """Unless somebody replaced it meanwhile."""
    await session.run(REPLACE_PASSWORD_HASH, account_id=account_id, old_hash=old, new_hash=new)


async def find_account(session: Session, account_id: AccountId) -> Account | None:
    row = await session.one(SELECT_ACCOUNT, account_id=account_id)
    return _account(row) if row is not None else None


async def lock_account(session: Session, account_id: AccountId) -> Account | None:
    row = await session.one(LOCK_ACCOUNT, account_id=account_id)
    return _account(row) if row is not None else None


async def find_mark(session: Session, account_id: AccountId) -> bytes:
    """Of an account that is not erased."""
    mark: bytes = await session.value(SELECT_MARK, account_id=account_id)
    return mark


async def find_credentials(session: Session, marks: Sequence[bytes]) -> Credentials | None:
    row = await session.one(SELECT_CREDENTIALS, marks=list(marks))
    return Credentials(AccountId(row["id"]), row["password_hash"]) if row is not None else None


async def lock_mark(session: Session, marks: Sequence[bytes]) -> None:
    """Until the transaction ends nobody else does anything about that contact."""
    await session.one(LOCK_MARK, mark=marks[0])


async def lock_marked(session: Session, marks: Sequence[bytes]) -> Account | None:
    """The account of that contact; until the transaction ends nobody else opens one for it."""
    await lock_mark(session, marks)
    row = await session.one(LOCK_BY_MARK, marks=list(marks))
    return _account(row) if row is not None else None


async def page_accounts(session: Session, after: UUID, most: int) -> list[Account]:
    """Locked, by id; erased ones too."""
    return [_account(row) for row in await session.all(PAGE_ACCOUNTS, after=after, most=most)]


async def page_contacts(session: Session, after: UUID, most: int) -> list[Account]:
    """Locked, by id; only those that hold a contact."""
    return [_account(row) for row in await session.all(PAGE_CONTACTS, after=after, most=most)]


async def lock_sealed_with(
    session: Session, key_ids: Sequence[str], after: tuple[str, UUID], most: int
) -> list[Account]:
    """Accounts sealed with one of these keys, by key and id, passing over those that somebody is at."""
    key, id_ = after
    found = await session.all(LOCK_SEALED_WITH, key_ids=list(key_ids), after_key=key, after_id=id_, most=most)
    return [_account(row) for row in found]


def _changing(account: Account) -> dict[str, Any]:
    sealed = account.sealed
    return {
        "version": account.version,
        "roles": list(account.roles),
        "key_id": sealed.key_id if sealed else None,
        "nonce": sealed.nonce if sealed else None,
        "box": sealed.box if sealed else None,
        "erased_at": account.erased_at,
    }


def _account(row: Mapping[str, Any]) -> Account:
    sealed = Sealed(row["key_id"], row["nonce"], row["box"]) if row["box"] is not None else None
    return Account(
        id=AccountId(row["id"]),
        version=row["version"],
        kind=Kind(row["kind"]),
        roles=tuple(row["roles"]),
        sealed=sealed,
        created_at=row["created_at"],
        locale=row["locale"],
        erased_at=row["erased_at"],
    )
