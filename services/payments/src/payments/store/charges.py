"""Charges and refunds: what MercadoPago did with an intent's money."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import PaymentId, RefundId
from payments.domain.charge import Charge, ChargeId, ChargeStatus
from payments.domain.position import Place
from payments.domain.refund import Refund, RefundOrigin, RefundStatus
from payments.store.tables import CHARGE, REFUND

_MONEY: Final = ("captured", "refunded", "fee", "withheld", "lost")

SAVE_CHARGE: Final = statement(
    text("""
        INSERT INTO charge (id, intent_id, status, detail, method, updated_at, currency, captured_minor,
                            refunded_minor, fee_minor, withheld_minor, lost_minor, released, surplus, entries, at)
        VALUES (:id, :intent_id, :status, :detail, :method, :updated_at, :currency, :captured_minor,
                :refunded_minor, :fee_minor, :withheld_minor, :lost_minor, :released, :surplus, :entries, :at)
        ON CONFLICT (id) DO UPDATE SET
            status = excluded.status, detail = excluded.detail, method = excluded.method,
            updated_at = excluded.updated_at, captured_minor = excluded.captured_minor,
            refunded_minor = excluded.refunded_minor, fee_minor = excluded.fee_minor,
            withheld_minor = excluded.withheld_minor, lost_minor = excluded.lost_minor,
            released = excluded.released, surplus = excluded.surplus, entries = excluded.entries
        WHERE charge.intent_id = excluded.intent_id
    """)
)
FIND_CHARGES: Final = statement(
    select(CHARGE).where(CHARGE.c.intent_id == bindparam("intent_id")).order_by(CHARGE.c.id)
)
FIND_CHARGES_AND_ONE: Final = statement(
    select(CHARGE)
    .where((CHARGE.c.intent_id == bindparam("intent_id")) | (CHARGE.c.id == bindparam("charge_id")))
    .order_by(CHARGE.c.id)
)
CHARGES_BY_ID: Final = statement(text("SELECT * FROM charge WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id"))
INSERT_REFUND: Final = statement(
    text("""
        INSERT INTO refund (id, intent_id, charge_id, currency, amount_minor, origin, reason, status, found_id, tries,
                            asked_by, due_at)
        VALUES (:id, :intent_id, :charge_id, :currency, :amount_minor, :origin, :reason, :status, :found_id, :tries,
                :asked_by, CASE WHEN :status = 'due' THEN app_now() END)
        ON CONFLICT (id) DO NOTHING
    """)
)
SAVE_REFUND: Final = statement(
    text("""
        UPDATE refund SET charge_id = :charge_id, amount_minor = :amount_minor, status = :status,
               found_id = :found_id, tries = :tries, refusals = :refusals, retries = :retries, sent_by = :sent_by,
               sent_as = :sent_as, due_at = app_now() + CAST(:wait AS interval), problem = :problem
        WHERE id = :id
    """)
)
DECIDE_REFUND: Final = statement(
    text("""
        UPDATE refund SET status = :status, decided_by = :decided_by, decided_at = app_now(),
               due_at = CASE WHEN :status = 'due' THEN app_now() END
        WHERE id = :id
    """)
)
FIND_REFUNDS: Final = statement(
    select(REFUND).where(REFUND.c.charge_id == bindparam("charge_id")).order_by(REFUND.c.id)
)
REFUNDS_OF_INTENT: Final = statement(
    select(REFUND).where(REFUND.c.intent_id == bindparam("intent_id")).order_by(REFUND.c.id)
)
PAGE_OF_INTENT: Final = statement(
    select(REFUND)
    .where(REFUND.c.intent_id == bindparam("intent_id"), REFUND.c.id < bindparam("before"))
    .order_by(REFUND.c.id.desc())
    .limit(bindparam("most"))
)
FIND_INTENT_OF: Final = statement(select(REFUND.c.intent_id).where(REFUND.c.id == bindparam("id")))
LAST_REFUND: Final = statement(
    text("""
        SELECT * FROM refund WHERE intent_id = :intent_id AND status = 'done' AND origin <> 'surplus'
        ORDER BY created_at DESC, id DESC LIMIT 1
    """)
)
FIND_REFUND: Final = statement(select(REFUND).where(REFUND.c.id == bindparam("id")))
LOCK_REFUND: Final = statement(select(REFUND).where(REFUND.c.id == bindparam("id")).with_for_update())
# The intent's row is locked, not the refund's: everything about an intent goes through that one lock.
CLAIM_DUE: Final = statement(
    text("""
        SELECT refund.id, refund.intent_id FROM refund JOIN intent ON intent.id = refund.intent_id
        WHERE refund.due_at <= app_now() ORDER BY refund.due_at, refund.id LIMIT 1 FOR UPDATE OF intent SKIP LOCKED
    """)
)
CLAIM_DUE_ONE: Final = statement(
    text("""
        SELECT refund.id, refund.intent_id FROM refund JOIN intent ON intent.id = refund.intent_id
        WHERE refund.id = :id AND refund.due_at <= app_now() FOR UPDATE OF intent SKIP LOCKED
    """)
)
FIND_DUE: Final = statement(text("SELECT id FROM refund WHERE due_at <= app_now() ORDER BY due_at, id LIMIT :most"))
PUT_OFF: Final = statement(text("UPDATE refund SET due_at = app_now() + :wait WHERE id = :id AND due_at <= app_now()"))
IS_DUE: Final = statement(text("SELECT due_at <= app_now() FROM refund WHERE id = :id"))


async def save_charge(session: Session, charge: Charge) -> None:
    """A charge as it stands now."""
    await session.run(
        SAVE_CHARGE,
        id=charge.id,
        intent_id=charge.intent_id,
        status=charge.status,
        detail=charge.detail,
        method=charge.method,
        updated_at=charge.updated_at,
        currency=charge.captured.currency,
        released=charge.released,
        surplus=charge.surplus,
        entries=charge.entries,
        at=charge.at,
        **{f"{name}_minor": getattr(charge, name).minor for name in _MONEY},
    )


async def find_charges(session: Session, intent_id: PaymentId) -> list[Charge]:
    """An intent's charges; the caller holds the intent."""
    return [_charge(row) for row in await session.all(FIND_CHARGES, intent_id=intent_id)]


async def find_charges_and(session: Session, intent_id: PaymentId, charge_id: ChargeId) -> list[Charge]:
    """The same, and that one charge even when it is another intent's."""
    rows = await session.all(FIND_CHARGES_AND_ONE, intent_id=intent_id, charge_id=charge_id)
    return [_charge(row) for row in rows]


async def find_charges_by_id(session: Session, ids: Sequence[ChargeId]) -> list[Charge]:
    """Those of them that are known here; as many as the caller asks for."""
    return [_charge(row) for row in await session.all(CHARGES_BY_ID, ids=ids)]


async def insert_refund(session: Session, refund: Refund) -> bool:
    """A new refund; False when this very refund is known."""
    count = await session.run(
        INSERT_REFUND,
        id=refund.id,
        intent_id=refund.intent_id,
        charge_id=refund.charge_id,
        currency=refund.amount.currency,
        amount_minor=refund.amount.minor,
        origin=refund.origin,
        reason=refund.reason,
        status=refund.status,
        found_id=refund.found_id,
        tries=refund.tries,
        asked_by=refund.asked_by,
    )
    return count > 0


async def save_refund(
    session: Session, refund: Refund, again_in: timedelta | None = None, problem: str | None = None
) -> None:
    """Write a refund's state; without `again_in` nothing more is done about it."""
    await session.run(
        SAVE_REFUND,
        id=refund.id,
        charge_id=refund.charge_id,
        amount_minor=refund.amount.minor,
        status=refund.status,
        found_id=refund.found_id,
        tries=refund.tries,
        refusals=refund.refusals,
        retries=refund.retries,
        sent_by=refund.sent_by,
        sent_as=refund.sent_as,
        wait=again_in,
        problem=problem,
    )


async def retry_refund(session: Session, refund: Refund) -> None:
    """Write a refund that is due at once."""
    await save_refund(session, refund, again_in=timedelta(0))


async def find_refunds(session: Session, charge_id: ChargeId) -> list[Refund]:
    """The refunds of one charge; the caller holds the intent."""
    return [_refund(row) for row in await session.all(FIND_REFUNDS, charge_id=charge_id)]


async def find_refunds_of_intent(session: Session, intent_id: PaymentId) -> list[Refund]:
    """All refunds of an intent; the caller holds it."""
    return [_refund(row) for row in await session.all(REFUNDS_OF_INTENT, intent_id=intent_id)]


async def page_refunds(session: Session, intent_id: PaymentId, before: UUID, most: int) -> list[Refund]:
    """An intent's refunds, newest first."""
    rows = await session.all(PAGE_OF_INTENT, intent_id=intent_id, before=before, most=most)
    return [_refund(row) for row in rows]


async def find_intent_of_refund(session: Session, refund_id: RefundId) -> PaymentId | None:
    """Which intent to lock before the refund."""
    found: PaymentId | None = await session.value(FIND_INTENT_OF, id=refund_id)
    return found


async def decide_refund(session: Session, refund: Refund) -> None:
    """Write what the second person decided."""
    await session.run(DECIDE_REFUND, id=refund.id, status=refund.status, decided_by=refund.decided_by)


async def find_last_refund(session: Session, intent_id: PaymentId) -> Refund | None:
    """The newest refund of the intent's own money."""
    row = await session.one(LAST_REFUND, intent_id=intent_id)
    return _refund(row) if row is not None else None


async def find_refund(session: Session, refund_id: RefundId) -> Refund | None:
    """One refund."""
    row = await session.one(FIND_REFUND, id=refund_id)
    return _refund(row) if row is not None else None


async def lock_refund(session: Session, refund_id: RefundId) -> Refund | None:
    """One refund; the caller holds its intent."""
    row = await session.one(LOCK_REFUND, id=refund_id)
    return _refund(row) if row is not None else None


async def find_due_refunds(session: Session, most: int) -> list[RefundId]:
    """Which refunds are due, those that waited longest first, without reading them."""
    return [row["id"] for row in await session.all(FIND_DUE, most=most)]


async def put_off_refund(session: Session, refund_id: RefundId, wait: timedelta) -> None:
    """Have a due refund come again in a while."""
    await session.run(PUT_OFF, id=refund_id, wait=wait)


async def lock_due_refund(session: Session, refund_id: RefundId | None = None) -> Refund | None:
    """The refund that has waited longest, or that one, with its intent locked; None when it is not due or in hand."""
    row = await (session.one(CLAIM_DUE) if refund_id is None else session.one(CLAIM_DUE_ONE, id=refund_id))
    # What was true when the row was found may have ended while its intent's lock was waited for.
    if row is None or not await session.value(IS_DUE, id=row["id"]):
        return None
    return await lock_refund(session, row["id"])


def _charge(row: Row) -> Charge:
    known = {field.name: row[field.name] for field in fields(Charge) if field.name in row}
    money = {name: Money(row[f"{name}_minor"], row["currency"]) for name in _MONEY}
    return Charge(**known | money | {"status": ChargeStatus(row["status"]), "at": Place(row["at"])})


def _refund(row: Row) -> Refund:
    known = {field.name: row[field.name] for field in fields(Refund) if field.name in row}
    return Refund(
        **known
        | {
            "amount": Money(row["amount_minor"], row["currency"]),
            "origin": RefundOrigin(row["origin"]),
            "status": RefundStatus(row["status"]),
        }
    )
