"""Intents. Whoever changes an intent, or anything that belongs to it, holds the intent's row."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select, text

from common.db import Row, Session, statement
from common.due import readable
from common.money import Money
from contracts.ids import BookingId, PaymentId
from payments.domain.intent import OPEN, Intent, IntentStatus, Purpose
from payments.domain.switches import Method
from payments.domain.tariff import Tariff
from payments.store.tables import INTENT

_OF_INTENT: Final = tuple(
    column.name
    for column in INTENT.columns
    if column.name not in {"looks", "close_due_at", "close_tries", "close_reason", "earn_due_at"}
)
_CHANGING: Final = (
    "version",
    "status",
    "captured_minor",
    "refunded_minor",
    "method",
    "paid_at",
    "init_point",
    "ticket_url",
    "ticket_code",
)
_MONEY: Final = ("amount", "captured", "refunded")

INSERT_INTENT: Final = statement(insert(INTENT).values({name: bindparam(name) for name in _OF_INTENT}))
# Money may move after the end and the webhook about it be lost: whatever changes an intent that is over begins its
# last looks anew. An open one is looked at for good; of transfers and credit MercadoPago knows nothing.
SAVE_INTENT: Final = statement(
    text(f"""
        UPDATE intent SET {", ".join(f"{name} = :{name}" for name in _CHANGING)},
               look_due_at = CASE WHEN way = ANY (ARRAY['transfer', 'credit']) THEN NULL WHEN :is_open THEN look_due_at
                                  ELSE app_now() + interval '1 hour' END,
               looks = CASE WHEN :is_open THEN looks ELSE 0 END
        WHERE id = :id
    """)  # noqa: S608 - column names of this module
)
FIND_INTENT: Final = statement(select(INTENT).where(INTENT.c.id == bindparam("id")))
LOCK_INTENT: Final = statement(select(INTENT).where(INTENT.c.id == bindparam("id")).with_for_update())
LOCK_LATEST_OF_BOOKING: Final = statement(
    select(INTENT)
    .where(INTENT.c.booking_id == bindparam("booking_id"), INTENT.c.purpose == bindparam("purpose"))
    .order_by(INTENT.c.id.desc())
    .limit(1)
    .with_for_update()
)
LOCK_LATE: Final = statement(
    text("""
        SELECT * FROM intent WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'paid_late' ORDER BY id FOR UPDATE
    """)
)
LOCK_LATE_OF_BOOKINGS: Final = statement(
    text("""
        SELECT * FROM intent WHERE booking_id = ANY (CAST(:booking_ids AS uuid[])) AND status = 'paid_late'
          AND purpose = 'due' ORDER BY id FOR UPDATE
    """)
)
PAGE_OF_BOOKING: Final = statement(
    select(INTENT)
    .where(INTENT.c.booking_id == bindparam("booking_id"), INTENT.c.id < bindparam("before"))
    .order_by(INTENT.c.id.desc())
    .limit(bindparam("most"))
)
PAGE_INTENTS: Final = statement(
    select(INTENT).where(INTENT.c.id > bindparam("after")).order_by(INTENT.c.id).limit(200).with_for_update()
)
BOOKING_OF_REQUEST: Final = statement(
    text("""
        SELECT booking_id FROM intent
        WHERE request_key = :request_key AND created_at > app_now() - interval '1 day' AND booking_id <> :booking_id
        LIMIT 1
    """)
)
LOOK_LATER: Final = statement(text("UPDATE intent SET look_due_at = app_now() + :wait, looks = 0 WHERE id = :id"))
CLAIM_LOOKS: Final = statement(
    text("""
        UPDATE intent SET looks = looks + 1,
               look_due_at = app_now() + CASE
                   WHEN status = ANY (ARRAY['created', 'awaiting_payer', 'processing', 'authorized'])
                   THEN least(CAST(:first AS interval) * power(1.5, least(looks, 20)), :longest)
                   ELSE (CAST(:last AS interval[]))[looks + 1] END
        WHERE id = ANY (ARRAY(SELECT id FROM intent WHERE look_due_at <= app_now() AND close_due_at IS NULL
                              ORDER BY look_due_at, id LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING *
    """)
)
_OPEN_NAMES: Final = sorted(OPEN)
# An open one is looked at soon enough anyway, but not sooner than MercadoPago wants it.
LOOK_AGAIN: Final = statement(
    text("""
        UPDATE intent SET looks = greatest(looks - CASE WHEN status = ANY (CAST(:open AS text[])) THEN 0 ELSE 1 END, 0),
               look_due_at = CASE WHEN status = ANY (CAST(:open AS text[]))
                                  THEN greatest(look_due_at, app_now() + CAST(:at_least AS interval))
                                  ELSE app_now() + CAST(:wait AS interval) END
        WHERE id = :id
    """)
)


async def insert_intent(
    session: Session, intent: Intent, request_key: str | None = None, look_due_at: datetime | None = None
) -> None:
    """A new intent, the idempotency key it was asked for with, and when the poller first looks at it."""
    await session.run(INSERT_INTENT, **_values(intent), request_key=request_key, look_due_at=look_due_at)


async def save_intent(session: Session, intent: Intent) -> None:
    """Write what changes in an intent's life."""
    values = _values(intent)
    kept = {name: values[name] for name in _CHANGING}
    await session.run(SAVE_INTENT, id=intent.id, is_open=intent.is_open, **kept)


async def find_intent(session: Session, intent_id: PaymentId) -> Intent | None:
    """One intent."""
    return _maybe_intent(await session.one(FIND_INTENT, id=intent_id))


async def lock_intent(session: Session, intent_id: PaymentId) -> Intent | None:
    """One intent, ours until the transaction ends."""
    return _maybe_intent(await session.one(LOCK_INTENT, id=intent_id))


async def lock_latest_of_booking(session: Session, booking_id: BookingId, purpose: Purpose) -> Intent | None:
    """The booking's newest intent of that purpose."""
    return _maybe_intent(await session.one(LOCK_LATEST_OF_BOOKING, booking_id=booking_id, purpose=purpose.value))


async def lock_late_of_bookings(session: Session, booking_ids: Sequence[BookingId]) -> list[Intent]:
    """What was due of those bookings and was paid late."""
    return [intent_of(row) for row in await session.all(LOCK_LATE_OF_BOOKINGS, booking_ids=booking_ids)]


async def lock_late(session: Session, intent_ids: Sequence[PaymentId]) -> list[Intent]:
    """Those of the intents that were paid late and that nobody took yet."""
    return [intent_of(row) for row in await session.all(LOCK_LATE, ids=intent_ids)]


async def page_of_booking(session: Session, booking_id: BookingId, before: UUID, most: int) -> list[Intent]:
    """A booking's intents, newest first."""
    return [
        intent_of(row) for row in await session.all(PAGE_OF_BOOKING, booking_id=booking_id, before=before, most=most)
    ]


async def page_intents(session: Session, after: UUID) -> list[Intent]:
    """At most 200 intents by id, locked."""
    return [intent_of(row) for row in await session.all(PAGE_INTENTS, after=after)]


async def find_other_booking(session: Session, request_key: str, booking_id: BookingId) -> bool:
    """Whether the idempotency key began a payment for another booking within a day."""
    found = await session.value(BOOKING_OF_REQUEST, request_key=request_key, booking_id=booking_id)
    return found is not None


async def look_later(session: Session, intent_id: PaymentId, wait: timedelta) -> None:
    """Have the poller look at the intent in a while."""
    await session.run(LOOK_LATER, id=intent_id, wait=wait)


async def claim_looks(
    session: Session, most: int, first: timedelta, longest: timedelta, last: Sequence[timedelta]
) -> list[Intent]:
    """Intents nobody looked at for a while; each look puts the next one farther off.

    `first` and `longest` are of open ones; `last` are the distances between the looks at one that is over.
    """
    rows = await session.all(CLAIM_LOOKS, most=most, first=first, longest=longest, last=last)
    return readable("look_at_payments", rows, intent_of)


async def look_again(session: Session, intent_id: PaymentId, wait: timedelta, at_least: timedelta) -> None:
    """A look did not succeed: at one that is over it does not count, at any the next comes in `at_least` or later."""
    await session.run(LOOK_AGAIN, id=intent_id, wait=wait, at_least=at_least, open=_OPEN_NAMES)


def _values(intent: Intent) -> dict[str, Any]:
    money = {f"{name}_minor": getattr(intent, name).minor for name in _MONEY}
    plain = {field.name: getattr(intent, field.name) for field in fields(intent)}
    return (
        {name: value for name, value in plain.items() if name not in (*_MONEY, "closing", "tariff")}
        | {"commission_bps": intent.tariff.commission_bps, "vat_bps": intent.tariff.vat_bps}
        | money
        | {"currency": intent.amount.currency}
    )


def _maybe_intent(row: Row | None) -> Intent | None:
    return intent_of(row) if row is not None else None


def intent_of(row: Mapping[str, Any]) -> Intent:
    """An intent as a whole row of the table has it."""
    known = {field.name: row[field.name] for field in fields(Intent) if field.name in row}
    money = {name: Money(row[f"{name}_minor"], row["currency"]) for name in _MONEY}
    read = {
        "status": IntentStatus(row["status"]),
        "purpose": Purpose(row["purpose"]),
        "way": Method(row["way"]),
        "closing": row["close_due_at"] is not None,
        "tariff": Tariff(row["commission_bps"], row["vat_bps"]),
    }
    return Intent(**known | money | read)
