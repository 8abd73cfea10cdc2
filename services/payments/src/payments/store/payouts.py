"""Payouts and the batches in which the bank is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import PayoutId, ProviderId
from payments.domain.bank import Batch, BatchId, BatchItem
from payments.domain.bank_account import Cbu
from payments.domain.payout import Payout, PayoutStatus, item_id
from payments.store.tables import PAYOUT

_DAY: Final = "CAST(t.booked_at AT TIME ZONE 'America/Argentina/Buenos_Aires' AS date)"
# A payout that stands covers the days up to its last one; what came back is of the next one.
PAYABLE: Final = statement(
    text(f"""
        SELECT coalesce(sum(-p.amount_minor), 0) AS minor,
               coalesce((SELECT max(last_day) FROM payout WHERE provider_id = :provider_id
                         AND status <> ALL (ARRAY['failed', 'reversed', 'cancelled'])), min({_DAY})) AS first_day,
               CAST(app_now() AT TIME ZONE 'America/Argentina/Buenos_Aires' AS date) AS last_day
        FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
        WHERE t.provider_id = :provider_id AND p.account = 'provider_payable' AND p.currency = :currency
    """)  # noqa: S608 - a constant of this module
)
INSERT: Final = statement(
    text("""
        INSERT INTO payout (id, version, provider_id, currency, amount_minor, status, first_day, last_day)
        VALUES (:id, :version, :provider_id, :currency, :amount_minor, :status, :first_day, :last_day)
        ON CONFLICT (provider_id)
            WHERE status = ANY (ARRAY['due', 'awaiting_approval', 'approved', 'batched', 'sent']) DO NOTHING
    """)
)
SAVE: Final = statement(
    text("""
        UPDATE payout SET version = :version, status = :status, batch_id = :batch_id, reason = :reason,
               first_approver = :first_approver, second_approver = :second_approver
        WHERE id = :id
    """)
)
LOCK: Final = statement(select(PAYOUT).where(PAYOUT.c.id == bindparam("id")).with_for_update())
FIND: Final = statement(select(PAYOUT).where(PAYOUT.c.id == bindparam("id")))
PAGE_OF_PROVIDER: Final = statement(
    text("SELECT * FROM payout WHERE provider_id = :provider_id AND id < :before ORDER BY id DESC LIMIT :most")
)
PAGE_BY_STATUS: Final = statement(
    text("SELECT * FROM payout WHERE status = :status AND id < :before ORDER BY id DESC LIMIT :most")
)
PAGE: Final = statement(text("SELECT * FROM payout WHERE id < :before ORDER BY id DESC LIMIT :most"))
PAGE_TOLD: Final = statement(
    text("""
        SELECT * FROM payout WHERE id > :after AND status = ANY (ARRAY['executed', 'failed', 'reversed'])
        ORDER BY id LIMIT 200 FOR UPDATE
    """)
)
HAS_OPEN: Final = statement(
    text("""
        SELECT true FROM payout WHERE provider_id = :provider_id
        AND status = ANY (ARRAY['due', 'awaiting_approval', 'approved', 'batched', 'sent'])
    """)
)
# The bank refused its batch and says that it has it already: nobody follows it there.
IS_FORSAKEN: Final = statement(
    text("""
        SELECT true FROM payout JOIN payout_batch ON payout_batch.id = payout.batch_id
        WHERE payout.id = :id AND payout.status = 'batched' AND payout_batch.status = 'refused'
    """)
)
# What has ended is looked up by its last digits at most. A payout ends soon after it was made.
SHORTEN: Final = statement(
    text("""
        UPDATE payout SET cbu = right(cbu, 4)
        WHERE id IN (SELECT id FROM payout
                     WHERE made_at < app_now() - CAST(:older AS interval) AND length(cbu) > 4
                       AND status = ANY (ARRAY['executed', 'failed', 'reversed', 'cancelled'])
                     LIMIT :most FOR UPDATE SKIP LOCKED)
    """)
)
COUNT_WAITING: Final = statement(text("SELECT count(*) FROM payout WHERE status = 'awaiting_approval'"))
# Whoever changes an account waits for the batch that is made from it, or is passed over by it.
LOCK_SENDABLE: Final = statement(
    text("""
        SELECT payout.*, account.cbu AS account_cbu
        FROM payout JOIN payout_account account ON account.provider_id = payout.provider_id
        WHERE payout.status = 'approved' AND account.status = 'ready' AND account.cbu IS NOT NULL
          AND (account.usable_from IS NULL OR account.usable_from <= app_now())
        ORDER BY payout.id LIMIT :most FOR UPDATE OF payout SKIP LOCKED FOR SHARE OF account SKIP LOCKED
    """)
)
INSERT_BATCH: Final = statement(
    text("INSERT INTO payout_batch (id, status, due_at) VALUES (:id, 'prepared', app_now())")
)
PUT_IN_BATCH: Final = statement(
    text("""
        UPDATE payout SET status = 'batched', batch_id = :batch_id, version = payout.version + 1, cbu = told.cbu
        FROM unnest(CAST(:ids AS uuid[]), CAST(:cbus AS text[])) AS told (id, cbu)
        WHERE payout.id = told.id AND payout.status = 'approved'
    """)
)
CLAIM_BATCHES: Final = statement(
    text("""
        WITH due AS (SELECT id FROM payout_batch WHERE due_at <= app_now()
                     ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED)
        UPDATE payout_batch SET due_at = app_now() + CAST(:lease AS interval), tries = tries + 1
        FROM due WHERE due.id = payout_batch.id RETURNING payout_batch.*
    """)
)
# Whoever outlived its lease writes nothing: another one has taken the batch up since.
SAVE_BATCH: Final = statement(
    text("""
        UPDATE payout_batch SET status = :status, due_at = app_now() + CAST(:wait AS interval), problem = :problem,
               tries = CASE WHEN status = :status THEN tries ELSE 0 END
        WHERE id = :id AND status = :was AND tries = :tries
    """)
)
FIND_OF_BATCH: Final = statement(text("SELECT * FROM payout WHERE batch_id = :batch_id ORDER BY id"))
# What has ended here is payable again: the bank must not hear of it once more.
FIND_SENDABLE: Final = statement(
    text("SELECT * FROM payout WHERE batch_id = :batch_id AND status = 'batched' ORDER BY id")
)
LOCK_SOME: Final = statement(text("SELECT * FROM payout WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"))


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch in our hands: the bank has it once it is accepted, and may have it before. `tries` counts this one."""

    id: BatchId
    is_accepted: bool
    tries: int

    @property
    def status(self) -> str:
        return "accepted" if self.is_accepted else "prepared"

    def accepted(self) -> Self:
        """As it is after the bank's yes: tries are counted anew."""
        return replace(self, is_accepted=True, tries=0)


@dataclass(frozen=True, slots=True)
class Payable:
    """What a provider could be paid, and the days in which it was earned; no days when nothing ever was."""

    amount: Money
    days: tuple[date, date] | None


async def find_payable_of(session: Session, provider_id: ProviderId, currency: str) -> Payable:
    """What a provider has a right to now; negative when it owes us."""
    row = await session.one(PAYABLE, provider_id=provider_id, currency=currency)
    if row is None or row["first_day"] is None:
        return Payable(Money.zero(currency), None)
    return Payable(Money(int(row["minor"]), currency), (row["first_day"], row["last_day"]))


async def insert_payout(session: Session, payout: Payout) -> bool:
    """A new one; False when another of its provider is under way."""
    values: dict[str, Any] = {name: getattr(payout, name) for name in ("id", "version", "provider_id", "status")}
    amount, days = payout.amount, {"first_day": payout.first_day, "last_day": payout.last_day}
    return await session.run(INSERT, **values, **days, currency=amount.currency, amount_minor=amount.minor) > 0


async def save_payout(session: Session, payout: Payout) -> None:
    """Its state."""
    names = ("id", "version", "status", "batch_id", "reason", "first_approver", "second_approver")
    await session.run(SAVE, **{name: getattr(payout, name) for name in names})


async def find_payout(session: Session, payout_id: PayoutId) -> Payout | None:
    """One payout."""
    row = await session.one(FIND, id=payout_id)
    return _payout(row) if row is not None else None


async def lock_payout(session: Session, payout_id: PayoutId) -> Payout | None:
    """One payout, locked."""
    row = await session.one(LOCK, id=payout_id)
    return _payout(row) if row is not None else None


async def page_of_provider(session: Session, provider_id: ProviderId, before: UUID, most: int) -> list[Payout]:
    """A provider's payouts, newest first."""
    rows = await session.all(PAGE_OF_PROVIDER, provider_id=provider_id, before=before, most=most)
    return [_payout(row) for row in rows]


async def page_by_status(session: Session, status: PayoutStatus | None, before: UUID, most: int) -> list[Payout]:
    """Everybody's payouts, or those in one state, newest first."""
    if status is None:
        return [_payout(row) for row in await session.all(PAGE, before=before, most=most)]
    rows = await session.all(PAGE_BY_STATUS, status=status, before=before, most=most)
    return [_payout(row) for row in rows]


async def page_told(session: Session, after: UUID) -> list[Payout]:
    """The next payouts by id that others were told of, locked."""
    return [_payout(row) for row in await session.all(PAGE_TOLD, after=after)]


async def count_waiting(session: Session) -> int:
    """How many wait for an approval."""
    return int(await session.value(COUNT_WAITING))


async def has_open(session: Session, provider_id: ProviderId) -> bool:
    """Whether a payout of the provider is under way."""
    return bool(await session.value(HAS_OPEN, provider_id=provider_id))


async def is_forsaken(session: Session, payout_id: PayoutId) -> bool:
    """Whether it is in a batch that the bank refused because it has it already."""
    return bool(await session.value(IS_FORSAKEN, id=payout_id))


async def shorten_old(session: Session, older: timedelta, most: int) -> int:
    """Keep only the last digits of where old payouts went; how many."""
    return await session.run(SHORTEN, older=older, most=most)


async def gather_batch(session: Session, batch_id: BatchId, most: int) -> int:
    """Put into a new batch what is approved and has an account that may be paid; how many. No batch without any."""
    rows = await session.all(LOCK_SENDABLE, most=most)
    if rows:
        await session.run(INSERT_BATCH, id=batch_id)
        ids, cbus = [row["id"] for row in rows], [row["account_cbu"] for row in rows]
        await session.run(PUT_IN_BATCH, batch_id=batch_id, ids=ids, cbus=cbus)
    return len(rows)


async def claim_batches(session: Session, most: int, lease: timedelta) -> list[OpenBatch]:
    """Batches to be sent or looked at."""
    rows = await session.all(CLAIM_BATCHES, most=most, lease=lease)
    return [OpenBatch(row["id"], row["status"] == "accepted", row["tries"]) for row in rows]


async def save_batch(
    session: Session, batch: OpenBatch, status: str, again_in: timedelta | None, problem: str | None = None
) -> bool:
    """Its state; without `again_in` it is over. False, and nothing is written, when it is not in our hands any more."""
    was = {"id": batch.id, "was": batch.status, "tries": batch.tries}
    return await session.run(SAVE_BATCH, **was, status=status, wait=again_in, problem=problem) > 0


async def find_of_batch(session: Session, batch_id: BatchId) -> list[Payout]:
    """What is in a batch."""
    return [_payout(row) for row in await session.all(FIND_OF_BATCH, batch_id=batch_id)]


async def find_batch(session: Session, scope: str, batch_id: BatchId) -> Batch:
    """A whole batch, whatever became of what is in it."""
    rows = await session.all(FIND_OF_BATCH, batch_id=batch_id)
    return Batch(batch_id, [_item(scope, row) for row in rows])


async def find_sendable(session: Session, scope: str, batch_id: BatchId) -> Batch:
    """A batch as the bank is told of it, the same each time; nothing in it that has ended here."""
    rows = await session.all(FIND_SENDABLE, batch_id=batch_id)
    return Batch(batch_id, [_item(scope, row) for row in rows])


async def lock_some(session: Session, ids: Sequence[PayoutId]) -> list[tuple[Payout, Cbu | None]]:
    """Payouts and where they went, locked in one order; the caller holds their accounts."""
    return [(_payout(row), row["cbu"]) for row in await session.all(LOCK_SOME, ids=ids)]


def _item(scope: str, row: Row) -> BatchItem:
    payout = _payout(row)
    return BatchItem(item_id(scope, payout.id), Cbu(row["cbu"]), payout.amount, payout.reference)


def _payout(row: Row) -> Payout:
    names = ("id", "version", "provider_id", "first_day", "last_day", "batch_id", "reason")
    known: dict[str, Any] = {name: row[name] for name in (*names, "first_approver", "second_approver")}
    return Payout(**known, status=PayoutStatus(row["status"]), amount=Money(row["amount_minor"], row["currency"]))
