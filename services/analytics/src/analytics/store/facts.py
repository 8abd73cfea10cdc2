"""A batch of states into facts, counters and the feed: a few statements, whatever the batch holds.

1. Which aggregates are known? Facts are never deleted, so who is known stays known.
2. The others are inserted in key order; who comes second waits for the first and finds the row.
3. The rows that were there already are locked in key order.
4. One statement, whose snapshot is taken under those locks, reads the old states, writes the new ones where the
   sequence is higher, adds the differences to `daily` in key order and appends to the feed what became newer.

Inserting before locking, each in key order, is what keeps workers from waiting for each other in a circle. The look-ups
are written so that only the key's index can serve them: a hash over the whole table costs the batch several times over.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql

from analytics.store.tables import BOOKING_FACT, DAILY, PAYMENT_FACT, PROVIDER_FACT
from common.db import Session, Statement, statement

DAY_KEY: Final = ("local_date", "provider_id", "city", "province")
COUNTERS: Final = tuple(column.name for column in DAILY.columns if column.name not in DAY_KEY)
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped


class BookingRow(NamedTuple):
    """A row of `booking_fact`, in the order of its columns."""

    booking_id: UUID
    sequence: int
    status: str
    local_date: date
    provider_id: UUID
    city: str
    province: str
    place_id: UUID
    service_id: UUID
    created_at: datetime
    starts_at: datetime
    price: int
    paid: int
    refunded: int
    bookings_created: int
    bookings_held: int
    confirmed: int
    cancelled: int
    completed: int
    no_show: int
    expired: int


class PaymentRow(NamedTuple):
    """A row of `payment_fact`, in the order of its columns."""

    payment_id: UUID
    sequence: int
    status: str
    local_date: date
    provider_id: UUID
    city: str
    province: str
    booking_id: UUID
    method: str | None
    amount: int
    paid_at: datetime | None
    revenue_captured: int
    revenue_refunded: int


_Fact: TypeAlias = BookingRow | PaymentRow


class ProviderRow(NamedTuple):
    """A row of `provider_fact`, in the order of its columns."""

    provider_id: UUID
    sequence: int
    owner_account_id: UUID
    display_name: str
    status: str


class _Writing(NamedTuple):
    key: str
    find_known: Statement
    insert_new: Statement
    lock_known: Statement
    count_newer: Statement


def _unnested(table: Table) -> str:
    kinds = ((column.name, column.type.compile(dialect=_DIALECT)) for column in table.columns)
    return ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in kinds)


def _writing(table: Table, kind: str) -> _Writing:
    """The statements for one fact table; every name in them comes from the tables of this service."""
    fact, names = table.name, [column.name for column in table.columns]
    key, columns = names[0], ", ".join(names)
    find = f"SELECT {key} FROM {fact} WHERE {key} = ANY (CAST(:keys AS uuid[]))"  # noqa: S608 - as said above
    insert = f"""
        INSERT INTO {fact} ({columns}) SELECT {columns} FROM unnest({_unnested(table)}) AS new ({columns})
        ORDER BY {key} ON CONFLICT ({key}) DO NOTHING RETURNING {key}
    """  # noqa: S608 - as said above
    lock = f"{find} ORDER BY {key} FOR UPDATE"
    statements = (statement(text(sql)) for sql in (find, insert, lock, _counting(table, kind)))
    return _Writing(key, *statements)


def _counting(table: Table, kind: str) -> str:
    """Known aggregates come as rows, new ones as keys of the rows just inserted.

    `OFFSET 0` and `IS TRUE` keep the planner at an index look-up and a hash, however few rows it expects. A row's
    place (`ctid`) holds still while it is locked.
    """
    fact, names = table.name, [column.name for column in table.columns]
    key, columns = names[0], ", ".join(names)
    by_key = f"WHERE {fact}.{key} = given.{key} OFFSET 0"
    row = f"LATERAL (SELECT *, ctid AS place FROM {fact} {by_key})"  # noqa: S608 - as said above
    return f"""
        WITH given AS (
            SELECT * FROM unnest({_unnested(table)}, CAST(:payloads AS jsonb[])) AS given ({columns}, payload)),
        old AS (
            SELECT known.* FROM given, {row} AS known WHERE known.sequence < given.sequence),
        newer AS (
            SELECT given.* FROM given WHERE ({key} IN (SELECT {key} FROM old)) IS TRUE
            UNION ALL
            SELECT {", ".join(f"inserted.{name}" for name in names)}, given.payload
            FROM unnest(CAST(:new_keys AS uuid[]), CAST(:new_payloads AS jsonb[])) AS given ({key}, payload),
                 {row} AS inserted),
        written AS (
            UPDATE {fact} SET {", ".join(f"{name} = given.{name}" for name in names[1:])}
            FROM given JOIN old USING ({key}) WHERE {fact}.ctid = old.place),
        {_differences([name for name in names if name in COUNTERS])}
        INSERT INTO feed (floor_xid, kind, provider_id, payload)
        SELECT (SELECT pg_snapshot_xmin(pg_current_snapshot())), '{kind}', provider_id, payload FROM newer
    """  # noqa: S608 - as said above


def _differences(counters: Sequence[str]) -> str:
    """From `newer` and `old` into `daily`, in key order."""
    day_key, listed = ", ".join(DAY_KEY), ", ".join(counters)
    return f"""
        difference AS (
            SELECT {day_key}, {", ".join(f"sum({name}) AS {name}" for name in counters)}
            FROM (SELECT {day_key}, {listed} FROM newer
                  UNION ALL SELECT {day_key}, {", ".join(f"-{name}" for name in counters)} FROM old) AS both_states
            GROUP BY {day_key} HAVING {" OR ".join(f"sum({name}) <> 0" for name in counters)}),
        counted AS (
            INSERT INTO daily ({day_key}, {listed}) SELECT {day_key}, {listed} FROM difference ORDER BY {day_key}
            ON CONFLICT ({day_key}) DO UPDATE SET
            {", ".join(f"{name} = daily.{name} + excluded.{name}" for name in counters)})
    """  # noqa: S608 - as said above


_BOOKINGS: Final = _writing(BOOKING_FACT, "booking")
_PAYMENTS: Final = _writing(PAYMENT_FACT, "payment")
_UPSERT_PROVIDERS: Final = statement(
    text(f"""
        INSERT INTO provider_fact AS fact (provider_id, sequence, owner_account_id, display_name, status)
        SELECT * FROM unnest({_unnested(PROVIDER_FACT)}) AS new (provider_id) ORDER BY new.provider_id
        ON CONFLICT (provider_id) DO UPDATE
        SET sequence = excluded.sequence, owner_account_id = excluded.owner_account_id,
            display_name = excluded.display_name, status = excluded.status
        WHERE excluded.sequence > fact.sequence
    """)  # noqa: S608 - names and types of this service's own table
)
_FIND_PROVIDER: Final = statement(
    text("SELECT provider_id, owner_account_id, display_name FROM provider_fact WHERE provider_id = :provider_id")
)


class Provider(NamedTuple):
    """Whose figures these are, and the trade name that clients see."""

    provider_id: UUID
    owner_account_id: UUID
    display_name: str


async def write_bookings(session: Session, rows: Sequence[BookingRow], payloads: Sequence[Any]) -> int:
    """Bookings (each once) with what the feed tells of each; how many were newer than what was known."""
    return await _write(session, _BOOKINGS, rows, payloads)


async def write_payments(session: Session, rows: Sequence[PaymentRow], payloads: Sequence[Any]) -> int:
    """Payments (each once) with what the feed tells of each; how many were newer than what was known."""
    return await _write(session, _PAYMENTS, rows, payloads)


async def upsert_providers(session: Session, rows: Sequence[ProviderRow]) -> None:
    """Providers (each once), where the sequence is higher."""
    await session.run(_UPSERT_PROVIDERS, **_by_column(rows, rows[0]))


async def find_provider(session: Session, provider_id: UUID) -> Provider | None:
    """The provider, once an event told of it."""
    row = await session.one(_FIND_PROVIDER, provider_id=provider_id)
    return Provider(**row) if row is not None else None


async def _write(session: Session, writing: _Writing, rows: Sequence[_Fact], payloads: Sequence[Any]) -> int:
    by_key = {row[0]: (row, payload) for row, payload in zip(rows, payloads, strict=True)}
    known = await _keys(session, writing, writing.find_known, keys=list(by_key))
    new = by_key.keys() - known
    if new:
        new = await _keys(session, writing, writing.insert_new, **_by_column([by_key[key][0] for key in new], rows[0]))
    known = by_key.keys() - new
    if known:
        await session.all(writing.lock_known, keys=list(known))
    return await session.run(
        writing.count_newer,
        **_by_column([by_key[key][0] for key in known], rows[0]),
        payloads=[by_key[key][1] for key in known],
        new_keys=list(new),
        new_payloads=[by_key[key][1] for key in new],
    )


async def _keys(session: Session, writing: _Writing, which: Statement, **values: Any) -> set[UUID]:
    return {row[writing.key] for row in await session.all(which, **values)}


def _by_column(rows: Sequence[_Fact | ProviderRow], like: _Fact | ProviderRow) -> dict[str, Any]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(like)
    return dict(zip(like._fields, columns, strict=True))
