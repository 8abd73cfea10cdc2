"""What our bank account shows: every movement once, and how far we have read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from common.db import Row, Session, statement
from common.due import readable
from common.money import Money
from payments.domain.bank import Movement, MovementKind, MovementStatus

_CURSOR: Final = "movements"
FIND_CURSOR: Final = statement(text("SELECT after FROM bank_cursor WHERE name = :name"))
MOVE_CURSOR: Final = statement(
    text("""
        INSERT INTO bank_cursor AS known (name, after) VALUES (:name, :after)
        ON CONFLICT (name) DO UPDATE SET after = excluded.after WHERE known.after IS NOT DISTINCT FROM :was
    """)
)
INSERT: Final = statement(
    text("""
        INSERT INTO bank_movement (id, at, kind, currency, amount_minor, item, reference, origin_cbu, origin_cuit,
                                   status, due_at)
        SELECT told.*, CASE told.status WHEN 'due' THEN app_now() END
        FROM unnest(CAST(:ids AS text[]), CAST(:ats AS timestamptz[]), CAST(:kinds AS text[]),
                    CAST(:currencies AS text[]), CAST(:amounts AS bigint[]), CAST(:items AS text[]),
                    CAST(:references AS text[]), CAST(:cbus AS text[]), CAST(:cuits AS text[]),
                    CAST(:statuses AS text[]))
             AS told (id, at, kind, currency, amount_minor, item, reference, origin_cbu, origin_cuit, status)
        ON CONFLICT (id) DO NOTHING
    """)
)
CLAIM: Final = statement(
    text("""
        WITH due AS (SELECT id FROM bank_movement WHERE due_at <= app_now()
                     ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED)
        UPDATE bank_movement SET due_at = app_now() + CAST(:lease AS interval), tries = tries + 1
        FROM due WHERE due.id = bank_movement.id RETURNING bank_movement.*
    """)
)
# Whoever outlived its lease must not take up again what another one has accounted for.
AGAIN: Final = statement(
    text("UPDATE bank_movement SET due_at = app_now() + CAST(:wait AS interval) WHERE id = :id AND status = 'due'")
)
END: Final = statement(text("UPDATE bank_movement SET status = :status, due_at = NULL WHERE id = :id"))
LOCK_OLD: Final = statement(
    text("""
        SELECT id, reference FROM bank_movement
        WHERE at < app_now() - CAST(:older AS interval) AND NOT shortened LIMIT :most FOR UPDATE SKIP LOCKED
    """)
)
SHORTEN: Final = statement(
    text("""
        UPDATE bank_movement SET origin_cbu = right(origin_cbu, 4), origin_cuit = right(origin_cuit, 4),
               reference = kept.reference, shortened = true
        FROM unnest(CAST(:ids AS text[]), CAST(:references AS text[])) AS kept (id, reference)
        WHERE bank_movement.id = kept.id
    """)
)
IS_TAKEN: Final = statement(
    text("SELECT 1 FROM bank_movement WHERE item = :item AND kind = :kind AND status = 'explained' AND id <> :id")
)


@dataclass(frozen=True, slots=True)
class DueMovement:
    """One to be looked into, for the `tries`-th time."""

    movement: Movement
    tries: int


async def find_cursor(session: Session) -> str | None:
    """Where to go on reading; None at the beginning."""
    found: str | None = await session.value(FIND_CURSOR, name=_CURSOR)
    return found


async def move_cursor(session: Session, was: str | None, after: str) -> None:
    """Go on from there, unless somebody else went on meanwhile."""
    await session.run(MOVE_CURSOR, name=_CURSOR, was=was, after=after)


async def insert_movements(session: Session, movements: Sequence[tuple[Movement, MovementStatus]]) -> None:
    """Keep those that are new."""
    told = [movement for movement, _ in movements]
    await session.run(
        INSERT,
        ids=[each.id for each in told],
        ats=[each.at for each in told],
        kinds=[each.kind.value for each in told],
        currencies=[each.amount.currency for each in told],
        amounts=[each.amount.minor for each in told],
        items=[each.item for each in told],
        references=[each.reference for each in told],
        cbus=[each.origin_cbu for each in told],
        cuits=[each.origin_cuit for each in told],
        statuses=[status.value for _, status in movements],
    )


async def claim_movements(session: Session, most: int, lease: timedelta) -> list[DueMovement]:
    """Movements to be looked into."""
    return readable("account_for_movements", await session.all(CLAIM, most=most, lease=lease), _due)


async def look_again(session: Session, movement_id: str, wait: timedelta) -> None:
    """Look into it once more in a while."""
    await session.run(AGAIN, id=movement_id, wait=wait)


async def end_movement(session: Session, movement_id: str, status: MovementStatus) -> None:
    """It is accounted for."""
    await session.run(END, id=movement_id, status=status)


async def lock_old(session: Session, older: timedelta, most: int) -> dict[str, str | None]:
    """Old movements that still say more than is needed, ours until the transaction ends; with their texts."""
    rows = await session.all(LOCK_OLD, older=older, most=most)
    return {row["id"]: row["reference"] for row in rows}


async def shorten(session: Session, kept: Mapping[str, str | None]) -> int:
    """Keep that much of their texts, and only the last digits of whom they came from; how many."""
    return await session.run(SHORTEN, ids=list(kept), references=list(kept.values()))


async def is_taken(session: Session, movement: Movement) -> bool:
    """Whether another movement of that kind already accounts for the same transfer."""
    found = await session.value(IS_TAKEN, item=movement.item, kind=movement.kind, id=movement.id)
    return found is not None


def _due(row: Row) -> DueMovement:
    return DueMovement(movement_of(row), row["tries"])


def movement_of(row: Row) -> Movement:
    """A movement as a whole row of the table has it."""
    return Movement(
        id=row["id"],
        at=row["at"],
        kind=MovementKind(row["kind"]),
        amount=Money(row["amount_minor"], row["currency"]),
        item=row["item"],
        reference=row["reference"],
        origin_cbu=row["origin_cbu"],
        origin_cuit=row["origin_cuit"],
    )
