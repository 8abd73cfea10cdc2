"""Withdrawals, and the marks of clients' contacts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from contracts.ids import AccountId, BookingId, WithdrawalId
from payments.domain.reach import Channel
from payments.domain.withdrawal import MOST_OPEN, Return, Withdrawal, WithdrawalStatus
from payments.store.tables import WITHDRAWAL

UPSERT_CONTACT: Final = statement(
    text("""
        INSERT INTO contact (account_id, version, marks, key_id, erased)
        VALUES (:account_id, :version, CAST(:marks AS bytea[]), :key_id, false)
        ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, marks = excluded.marks,
            key_id = excluded.key_id
        WHERE excluded.version > contact.version AND NOT contact.erased
    """)
)
ERASE_CONTACT: Final = statement(
    text("""
        INSERT INTO contact (account_id, version, marks, erased) VALUES (:account_id, :version, '{}', true)
        ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, marks = '{}', key_id = NULL, erased = true
    """)
)
# Erased or not, known or not: one row or none, and the same work.
FIND_KEY: Final = statement(
    text("""
        SELECT contact.key_id FROM contact
        WHERE contact.account_id = :account_id AND contact.marks && CAST(:marks AS bytea[])
    """)
)
# The database keeps the others, and these for as long, whoever asks.
FORGET: Final = statement(
    text("""
        DELETE FROM withdrawal WHERE id = ANY (ARRAY(
            SELECT id FROM withdrawal WHERE status = 'expired' AND created_at <= app_now() - CAST(:older AS interval)
            ORDER BY created_at LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING id
    """)
)
# The lowest free place; whoever loses the race for it finds the next one.
INSERT: Final = statement(
    text("""
        INSERT INTO withdrawal (id, version, tracking_code, booking_id, channel, marks, slot_of, slot, status, due_at,
                                traceparent)
        SELECT :id, 0, :tracking_code, :booking_id, :channel, CAST(:marks AS bytea[]), :slot_of, free.slot, 'open',
               app_now(), :traceparent
        FROM generate_series(1, CAST(:most AS int)) AS free (slot)
        WHERE NOT EXISTS (
            SELECT FROM withdrawal AS known
            WHERE known.booking_id = :booking_id AND known.slot_of = :slot_of AND known.slot = free.slot
              AND known.status = 'open'
        )
        ORDER BY free.slot LIMIT 1
        ON CONFLICT DO NOTHING
    """)
)
FIND: Final = statement(select(WITHDRAWAL).where(WITHDRAWAL.c.id == bindparam("id")))
LOCK: Final = statement(select(WITHDRAWAL).where(WITHDRAWAL.c.id == bindparam("id")).with_for_update())
CLAIM_DUE: Final = statement(
    text("""
        SELECT * FROM withdrawal WHERE due_at <= app_now() ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    """)
)
CLAIM_DUE_ONE: Final = statement(
    text("SELECT * FROM withdrawal WHERE id = :id AND due_at <= app_now() FOR UPDATE SKIP LOCKED")
)
FIND_DUE: Final = statement(text("SELECT id FROM withdrawal WHERE due_at <= app_now() ORDER BY due_at, id LIMIT :most"))
PUT_OFF: Final = statement(
    text("UPDATE withdrawal SET due_at = app_now() + :wait WHERE id = :id AND due_at <= app_now()")
)
# What told whose it was goes with the request.
SAVE: Final = statement(
    text("""
        UPDATE withdrawal SET version = :version, status = :status, refusal = :refusal, client_id = :client_id,
               provider_id = :provider_id, code_mark = :code_mark, tries = :tries, looks = :looks,
               confirmed_at = :confirmed_at, due_at = app_now() + CAST(:wait AS interval),
               marks = CASE WHEN :status = 'open' THEN marks ELSE '{}' END,
               slot_of = CASE WHEN :status = 'open' THEN slot_of END
        WHERE id = :id
    """)
)
COUNT_TRY: Final = statement(text("UPDATE withdrawal SET tries = :tries WHERE id = :id"))
IS_WITHDRAWN: Final = statement(
    text("""
        SELECT true FROM withdrawal
        WHERE booking_id = :booking_id AND status = ANY (ARRAY['confirmed', 'refunding', 'done'])
    """)
)
HURRY: Final = statement(
    text("""
        UPDATE withdrawal SET due_at = app_now()
        WHERE booking_id = ANY (CAST(:booking_ids AS uuid[])) AND status = ANY (ARRAY['confirmed', 'refunding'])
    """)
)
# Tips are no part of the price: they are for what was rendered. A second payment of the same goes back, too.
FIND_RETURN: Final = statement(
    text("""
        SELECT (SELECT CAST(coalesce(sum(charge.captured_minor - charge.refunded_minor - charge.lost_minor), 0)
                            AS bigint)
                FROM intent JOIN charge ON charge.intent_id = intent.id
                WHERE intent.booking_id = :booking_id AND purpose = ANY (ARRAY['due', 'balance'])) AS "left",
               (SELECT count(*) FROM intent JOIN refund ON refund.intent_id = intent.id
                WHERE intent.booking_id = :booking_id AND purpose = ANY (ARRAY['due', 'balance'])
                  AND origin = 'booking' AND refund.status <> 'abandoned') AS asked
    """)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A due request with the marks of the contact that was given; none once it is not open any more."""

    id: WithdrawalId
    withdrawal: Withdrawal
    marks: Sequence[bytes]
    traceparent: str | None


async def upsert_marks(
    session: Session, account_id: AccountId, version: int, marks: Sequence[bytes], key_id: str
) -> None:
    """Keep what a contact can be recognised by, if it is newer."""
    await session.run(UPSERT_CONTACT, account_id=account_id, version=version, marks=[*marks], key_id=key_id)


async def erase_marks(session: Session, account_id: AccountId, version: int) -> None:
    """Only the id stays, newer than whatever comes late."""
    await session.run(ERASE_CONTACT, account_id=account_id, version=version)


async def find_contact_key(session: Session, account_id: AccountId, marks: Sequence[bytes]) -> str | None:
    """The key that the account's contact is closed with, if one of the marks is of that contact."""
    found: str | None = await session.value(FIND_KEY, account_id=account_id, marks=[*marks])
    return found


async def insert_withdrawal(
    session: Session, new: Withdrawal, marks: Sequence[bytes], slot_of: bytes, traceparent: str | None
) -> bool:
    """A new request; False when too many are open for this booking and contact."""
    values = {
        "id": new.id,
        "tracking_code": new.tracking_code,
        "booking_id": new.booking_id,
        "channel": new.channel,
        "marks": [*marks],
        "slot_of": slot_of,
        "most": MOST_OPEN,
        "traceparent": traceparent,
    }
    for _ in range(MOST_OPEN):
        if await session.run(INSERT, **values):
            return True
    return False


async def find_withdrawal(session: Session, withdrawal_id: WithdrawalId) -> Withdrawal | None:
    """One request."""
    row = await session.one(FIND, id=withdrawal_id)
    return _withdrawal(row) if row is not None else None


async def lock_withdrawal(session: Session, withdrawal_id: WithdrawalId) -> Withdrawal | None:
    """The same, locked; its booking is locked before it."""
    row = await session.one(LOCK, id=withdrawal_id)
    return _withdrawal(row) if row is not None else None


async def claim_withdrawals(session: Session, most: int) -> list[Asked]:
    """Requests that are due, locked, those that waited longest first."""
    return [_asked(row) for row in await session.all(CLAIM_DUE, most=most)]


async def find_due_withdrawals(session: Session, most: int) -> list[WithdrawalId]:
    """Their ids and no more of them."""
    return [row["id"] for row in await session.all(FIND_DUE, most=most)]


async def lock_due_withdrawal(session: Session, withdrawal_id: WithdrawalId) -> Asked | None:
    """That one while it is due and nobody else has it."""
    row = await session.one(CLAIM_DUE_ONE, id=withdrawal_id)
    return _asked(row) if row is not None else None


async def put_off_withdrawal(session: Session, withdrawal_id: WithdrawalId, wait: timedelta) -> None:
    """Have one that is due come again in a while."""
    await session.run(PUT_OFF, id=withdrawal_id, wait=wait)


async def save_withdrawal(session: Session, withdrawal: Withdrawal, again_in: timedelta | None) -> None:
    """Write its state; without `again_in` nothing more is done about it."""
    names = ("id", "version", "status", "refusal", "client_id", "provider_id", "code_mark", "tries", "looks")
    values = {name: getattr(withdrawal, name) for name in names}
    await session.run(SAVE, **values, confirmed_at=withdrawal.confirmed_at, wait=again_in)


async def count_try(session: Session, withdrawal: Withdrawal) -> None:
    """A wrong code; when the request is looked at next stays as it was."""
    await session.run(COUNT_TRY, id=withdrawal.id, tries=withdrawal.tries)


async def is_withdrawn(session: Session, booking_id: BookingId) -> bool:
    """Whether a withdrawal from the booking is confirmed; the caller holds the booking."""
    return bool(await session.value(IS_WITHDRAWN, booking_id=booking_id))


async def hurry_withdrawals(session: Session, booking_ids: Sequence[BookingId]) -> None:
    """Something became of these bookings or of their money: what is confirmed is looked at now."""
    await session.run(HURRY, booking_ids=[*booking_ids])


async def find_return(session: Session, booking_id: BookingId) -> Return:
    """How far the booking's money is on its way back."""
    row = await session.one(FIND_RETURN, booking_id=booking_id)
    return Return(**row) if row is not None else Return(0, 0)


def _asked(row: Row) -> Asked:
    return Asked(row["id"], _withdrawal(row), row["marks"], row["traceparent"])


def _withdrawal(row: Row) -> Withdrawal:
    known = {field.name: row[field.name] for field in fields(Withdrawal)}
    return Withdrawal(**known | {"channel": Channel(row["channel"]), "status": WithdrawalStatus(row["status"])})


async def forget_unproved(session: Session, older: timedelta, most: int) -> int:
    """Delete those that nobody proved in time and that are so old; how many."""
    return len(await session.all(FORGET, older=older, most=most))
