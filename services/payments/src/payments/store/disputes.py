"""Disputes. Whoever changes one holds its intent's row."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.due import readable
from common.money import Money
from contracts.ids import PaymentId, ProviderId, new_id
from payments.domain.charge import ChargeId
from payments.domain.dispute import Dispute, DisputeId, DisputeKind, DisputeStatus, Papers
from payments.store.tables import DISPUTE

_MOST_OF_CHARGE: Final = 20
_PLAIN: Final = tuple(field.name for field in fields(Dispute) if field.name != "amount")

SAVE_DISPUTE: Final = statement(
    text("""
        INSERT INTO dispute AS known (key, id, kind, charge_id, intent_id, booking_id, provider_id, currency,
                                      amount_minor, status, papers, wanted, eligible, coverage, deadline, contested,
                                      opened_at, updated_at, decided_at, told, look_due_at)
        VALUES (:key, :id, :kind, :charge_id, :intent_id, :booking_id, :provider_id, :currency, :amount_minor,
                :status, :papers, :wanted, :eligible, :coverage, :deadline, :contested, :opened_at, :updated_at,
                :decided_at, :told, app_now() + CAST(:wait AS interval))
        ON CONFLICT (id) DO UPDATE SET
            amount_minor = excluded.amount_minor, status = excluded.status, papers = excluded.papers,
            wanted = excluded.wanted, eligible = excluded.eligible, coverage = excluded.coverage,
            deadline = excluded.deadline, contested = excluded.contested, updated_at = excluded.updated_at,
            decided_at = excluded.decided_at, told = excluded.told, look_due_at = excluded.look_due_at
        WHERE known.kind = excluded.kind AND known.charge_id = excluded.charge_id
    """)
)
FIND_DISPUTE: Final = statement(select(DISPUTE).where(DISPUTE.c.id == bindparam("id")))
LOCK_DISPUTE: Final = statement(select(DISPUTE).where(DISPUTE.c.id == bindparam("id")).with_for_update())
OF_CHARGE: Final = statement(
    select(DISPUTE).where(DISPUTE.c.charge_id == bindparam("charge_id")).order_by(DISPUTE.c.key).limit(_MOST_OF_CHARGE)
)
_PAGE = select(DISPUTE).where(DISPUTE.c.key < bindparam("before")).order_by(DISPUTE.c.key.desc())
PAGE_OF_PROVIDER: Final = statement(
    _PAGE.where(DISPUTE.c.provider_id == bindparam("provider_id")).limit(bindparam("most"))
)
PAGE_OF_STATUS: Final = statement(_PAGE.where(DISPUTE.c.status == bindparam("status")).limit(bindparam("most")))
PAGE_OF_ALL: Final = statement(_PAGE.limit(bindparam("most")))
CLAIM_LOOKS: Final = statement(
    text("""
        UPDATE dispute SET look_due_at = app_now() + :wait
        WHERE id = ANY (ARRAY(SELECT id FROM dispute WHERE look_due_at <= app_now()
                              ORDER BY look_due_at, id LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING *
    """)
)
SEEK: Final = statement(
    text("""
        INSERT INTO dispute_search (charge_id, intent_id) VALUES (:charge_id, :intent_id)
        ON CONFLICT (charge_id) DO NOTHING
    """)
)
# Each try puts the next one off: 1 min, 2 min ... an hour.
CLAIM_SEARCHES: Final = statement(
    text("""
        UPDATE dispute_search SET tries = tries + 1,
               due_at = app_now() + least(interval '1 minute' * power(2, least(tries, 10)), interval '1 hour')
        WHERE charge_id = ANY (ARRAY(SELECT charge_id FROM dispute_search WHERE due_at <= app_now()
                                     ORDER BY due_at, charge_id LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING charge_id, intent_id, tries
    """)
)
LOOK_NO_SOONER: Final = statement(
    text("""
        UPDATE dispute SET look_due_at = app_now() + CAST(:wait AS interval)
        WHERE id = :id AND look_due_at < app_now() + CAST(:wait AS interval)
    """)
)
SEEK_NO_SOONER: Final = statement(
    text("""
        UPDATE dispute_search SET due_at = app_now() + CAST(:wait AS interval)
        WHERE charge_id = :charge_id AND due_at < app_now() + CAST(:wait AS interval)
    """)
)
SOUGHT: Final = statement(text("DELETE FROM dispute_search WHERE charge_id = :charge_id"))


@dataclass(frozen=True, slots=True)
class Untold:
    """A charged back payment whose chargeback nobody told us of."""

    charge_id: ChargeId
    intent_id: PaymentId
    tries: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A dispute on a page; `key` is its place there."""

    key: UUID
    dispute: Dispute


async def save_dispute(session: Session, dispute: Dispute, look_in: timedelta | None) -> bool:
    """A dispute as it stands, and when it is looked at again; False when its id is another one's."""
    count = await session.run(
        SAVE_DISPUTE,
        key=new_id(),
        currency=dispute.amount.currency,
        amount_minor=dispute.amount.minor,
        wait=look_in,
        **{name: getattr(dispute, name) for name in _PLAIN},
    )
    return count > 0


async def find_dispute(session: Session, dispute_id: DisputeId) -> Dispute | None:
    """One dispute."""
    row = await session.one(FIND_DISPUTE, id=dispute_id)
    return dispute_of(row) if row is not None else None


async def lock_dispute(session: Session, dispute_id: DisputeId) -> Dispute | None:
    """One dispute, ours until the transaction ends; nobody who waits for an intent may hold it."""
    row = await session.one(LOCK_DISPUTE, id=dispute_id)
    return dispute_of(row) if row is not None else None


async def find_disputes(session: Session, charge_id: ChargeId) -> list[Dispute]:
    """The disputes about a charge, in the order in which they became known."""
    return [dispute_of(row) for row in await session.all(OF_CHARGE, charge_id=charge_id)]


async def page_disputes(session: Session, status: DisputeStatus | None, before: UUID, most: int) -> list[Listed]:
    """Disputes of one status, or of any, newest first."""
    if status is None:
        return _listed(await session.all(PAGE_OF_ALL, before=before, most=most))
    return _listed(await session.all(PAGE_OF_STATUS, status=status, before=before, most=most))


async def page_disputes_of(session: Session, provider_id: ProviderId, before: UUID, most: int) -> list[Listed]:
    """A provider's disputes, newest first."""
    return _listed(await session.all(PAGE_OF_PROVIDER, provider_id=provider_id, before=before, most=most))


async def claim_dispute_looks(session: Session, most: int, wait: timedelta) -> list[Dispute]:
    """Disputes to be looked at now, and again in `wait`."""
    return readable("look_at_disputes", await session.all(CLAIM_LOOKS, most=most, wait=wait), dispute_of)


async def seek_dispute(session: Session, charge_id: ChargeId, intent_id: PaymentId) -> None:
    """Have the chargeback of a payment looked for."""
    await session.run(SEEK, charge_id=charge_id, intent_id=intent_id)


async def claim_untold(session: Session, most: int) -> list[Untold]:
    """Payments whose chargeback is to be looked for now."""
    return [Untold(**row) for row in await session.all(CLAIM_SEARCHES, most=most)]


async def look_no_sooner(session: Session, dispute_id: DisputeId, wait: timedelta) -> None:
    """The next look at a dispute comes in `wait` at the soonest."""
    await session.run(LOOK_NO_SOONER, id=dispute_id, wait=wait)


async def seek_no_sooner(session: Session, charge_id: ChargeId, wait: timedelta) -> None:
    """The next search comes in `wait` at the soonest."""
    await session.run(SEEK_NO_SOONER, charge_id=charge_id, wait=wait)


async def end_untold(session: Session, charge_id: ChargeId) -> None:
    """It is found, or given up."""
    await session.run(SOUGHT, charge_id=charge_id)


def _listed(rows: Sequence[Row]) -> list[Listed]:
    return [Listed(row["key"], dispute_of(row)) for row in rows]


def dispute_of(row: Row) -> Dispute:
    """A dispute as a whole row of the table has it."""
    known = {name: row[name] for name in _PLAIN}
    read = {
        "kind": DisputeKind(row["kind"]),
        "status": DisputeStatus(row["status"]),
        "papers": Papers(row["papers"]),
        "amount": Money(row["amount_minor"], row["currency"]),
    }
    return Dispute(**known | read)
