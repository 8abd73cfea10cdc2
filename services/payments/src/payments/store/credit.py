"""Clients' credit. Whoever changes a balance, or asks whether its client is erased, holds the account's row."""

from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select, text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import AccountId, CreditId
from payments.domain.credit import CreditAccount, CreditKind, CreditMovement, CreditReason, CreditStatus
from payments.store.tables import CREDIT_ACCOUNT, CREDIT_MOVEMENT

_OF_MOVEMENT: Final = tuple(column.name for column in CREDIT_MOVEMENT.columns if column.name != "decided_at")

IS_CLIENT: Final = statement(text("SELECT 1 FROM payable WHERE client_id = :client_id LIMIT 1"))
IS_ERASED: Final = statement(text("SELECT erased FROM contact WHERE account_id = :client_id"))
OPEN: Final = statement(
    text("""
        INSERT INTO credit_account (client_id, balance_minor, currency, version) VALUES (:client_id, 0, :currency, 0)
        ON CONFLICT (client_id) DO NOTHING
    """)
)
FIND: Final = statement(select(CREDIT_ACCOUNT).where(CREDIT_ACCOUNT.c.client_id == bindparam("client_id")))
LOCK: Final = statement(
    select(CREDIT_ACCOUNT).where(CREDIT_ACCOUNT.c.client_id == bindparam("client_id")).with_for_update()
)
CHANGE: Final = statement(
    text("""
        UPDATE credit_account SET balance_minor = balance_minor + :minor, version = version + 1
        WHERE client_id = :client_id AND currency = :currency
    """)
)
INSERT: Final = statement(insert(CREDIT_MOVEMENT).values({name: bindparam(name) for name in _OF_MOVEMENT}))
DECIDE: Final = statement(
    text("""
        UPDATE credit_movement SET status = :status, approved_by = :approved_by, decided_at = app_now() WHERE id = :id
    """)
)
LOCK_MOVEMENT: Final = statement(
    select(CREDIT_MOVEMENT).where(CREDIT_MOVEMENT.c.id == bindparam("id")).with_for_update()
)
GIVEN_ALONE: Final = statement(
    text("""
        SELECT coalesce(sum(amount_minor), 0) FROM credit_movement
        WHERE client_id = :client_id AND currency = :currency AND kind = 'granted' AND status = 'done'
          AND approved_by IS NULL AND created_at > :since
    """)
)
PAGE: Final = statement(
    text("""
        SELECT * FROM credit_movement
        WHERE client_id = :client_id AND id < :before AND (status = 'done' OR CAST(:undone AS boolean))
        ORDER BY id DESC LIMIT :most
    """)
)


async def is_client(session: Session, client_id: AccountId) -> bool:
    """Whether the account ever booked here."""
    return await session.value(IS_CLIENT, client_id=client_id) is not None


async def is_erased(session: Session, client_id: AccountId) -> bool:
    """Whether the account was erased. An erasure waits for whoever holds the credit, and is seen once it held it."""
    return bool(await session.value(IS_ERASED, client_id=client_id))


async def open_account(session: Session, client_id: AccountId, currency: str) -> CreditAccount:
    """The client's credit, none yet if need be, ours until the transaction ends."""
    await session.run(OPEN, client_id=client_id, currency=currency)
    locked = await lock_account(session, client_id)
    if locked is None:
        raise LookupError("a credit account vanished")
    return locked


async def find_account(session: Session, client_id: AccountId) -> CreditAccount | None:
    """The client's credit, if it ever had any."""
    return _account(await session.one(FIND, client_id=client_id))


async def lock_account(session: Session, client_id: AccountId) -> CreditAccount | None:
    """The same, ours until the transaction ends."""
    return _account(await session.one(LOCK, client_id=client_id))


async def insert_movement(session: Session, movement: CreditMovement) -> None:
    """Put it on record. asyncpg.UniqueViolationError when its effect is there already."""
    plain = {field.name: getattr(movement, field.name) for field in fields(movement) if field.name != "amount"}
    await session.run(INSERT, **plain, amount_minor=movement.amount.minor, currency=movement.amount.currency)


async def change_balance(session: Session, movement: CreditMovement) -> None:
    """Let it count; the caller holds the account. asyncpg.CheckViolationError below zero."""
    amount = movement.amount
    changed = await session.run(CHANGE, client_id=movement.client_id, minor=amount.minor, currency=amount.currency)
    if not changed:
        raise LookupError("no credit account in that currency")


async def lock_movement(session: Session, credit_id: CreditId) -> CreditMovement | None:
    """One movement, ours until the transaction ends."""
    row = await session.one(LOCK_MOVEMENT, id=credit_id)
    return _movement(row) if row is not None else None


async def decide_grant(session: Session, grant: CreditMovement) -> None:
    """Write what the second person decided."""
    await session.run(DECIDE, id=grant.id, status=grant.status.value, approved_by=grant.approved_by)


async def find_given_alone(session: Session, client_id: AccountId, currency: str, since: datetime) -> Money:
    """What the client was given since then without a second person's word."""
    found = await session.value(GIVEN_ALONE, client_id=client_id, currency=currency, since=since)
    return Money(int(found), currency)


async def page_movements(
    session: Session, client_id: AccountId, before: UUID, most: int, *, undone: bool
) -> list[CreditMovement]:
    """A client's movements, newest first; with those that do not count where `undone`."""
    rows = await session.all(PAGE, client_id=client_id, before=before, most=most, undone=undone)
    return [_movement(row) for row in rows]


def _account(row: Row | None) -> CreditAccount | None:
    return CreditAccount(row["client_id"], Money(row["balance_minor"], row["currency"])) if row is not None else None


def _movement(row: Row) -> CreditMovement:
    known: dict[str, Any] = {field.name: row[field.name] for field in fields(CreditMovement) if field.name != "amount"}
    read = {
        "amount": Money(row["amount_minor"], row["currency"]),
        "kind": CreditKind(row["kind"]),
        "status": CreditStatus(row["status"]),
        "reason": CreditReason(row["reason"]) if row["reason"] is not None else None,
    }
    return CreditMovement(**known | read)
