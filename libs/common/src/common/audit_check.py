"""`python -m <service> audit`: is every chain whole, from its first link to the newest head kept in Kafka?

Whoever edits, deletes, reorders or inserts an entry breaks the chain; whoever makes the chain anew, or cuts its end
off, differs from a head that was sealed before; whoever keeps entries from being sealed leaves them older than they
may be.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from common import road
from common.audit_chain import NOTHING, hash_of
from common.db import Row, Session, statement
from common.kafka import connection, partitions_of
from common.settings import ServiceSettings
from common.uow import UnitOfWork
from contracts.audit import AuditSealed, chain_id
from contracts.envelope import MalformedEventError, decode

_PAGE: Final = 5_000
_COUNT_SECONDS: Final = 300.0
_KAFKA_SECONDS: Final = 30.0
_POLL_MS: Final = 500

PAGE_LINKS: Final = statement(
    text("""
        SELECT sequence, hash, id, at, action, actor, CAST(subject AS text) AS subject, vertical, trace_id,
               CAST(detail AS text) AS detail
        FROM audit_link LEFT JOIN audit_entry ON id = entry_id
        WHERE sequence > :after ORDER BY sequence LIMIT :most
    """)
)
# Linked every minute and published at once.
COUNT_UNSEALED: Final = statement(
    text("""
        SELECT count(*) FROM audit_entry LEFT JOIN audit_link ON entry_id = id
        WHERE at < clock_timestamp() - interval '5 minutes' AND (sequence IS NULL OR sequence > :sealed)
    """)
)

Heads = Mapping[UUID, Sequence[AuditSealed]]
"""Every sealed head by chain. In what order they came says nothing: the relay repeats."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one chain; `broken_at` is the first sequence that is not as it was linked."""

    service: str
    scope: str
    entries: int
    sealed: int
    unsealed: int = 0
    """Entries of five minutes ago and more that no head in Kafka covers."""
    broken_at: int | None = None
    reason: str = ""

    @property
    def whole(self) -> bool:
        """Nothing was meddled with, and nothing could be unseen."""
        return self.broken_at is None and self.unsealed == 0

    def __str__(self) -> str:
        """One line."""
        name = f"audit {self.service} {self.scope}"
        if self.broken_at is not None:
            return f"{name}: BROKEN at sequence {self.broken_at}: {self.reason}"
        if self.unsealed:
            return f"{name}: NOT SEALED: {self.unsealed} entries older than 5 min; does the worker run?"
        return f"{name}: {self.entries} entries, whole; sealed in Kafka up to {self.sealed}"


class BrokenChainError(Exception):
    """The chain is not what was linked from `sequence` on."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence


async def check_chains(service: str, uow: UnitOfWork, settings: ServiceSettings) -> list[Checked]:
    """Every scope's chain. Kafka is read first: a head that is sealed meanwhile only lies further on."""
    heads = await read_heads(settings)
    return [await check_chain(uow, service, scope, heads.get(chain_id(service, scope), ())) for scope in uow.scopes]


async def check_chain(uow: UnitOfWork, service: str, scope: str, heads: Sequence[AuditSealed]) -> Checked:
    """One chain against itself and the heads sealed of it."""
    sealed: dict[int, set[bytes]] = defaultdict(set)
    for head in heads:
        sealed[head.version].add(bytes.fromhex(head.head))
    last = max(sealed, default=0)
    async with uow.read(scope) as session, session.connection.transaction(isolation="repeatable_read", readonly=True):
        # How long it takes grows with the log.
        await session.value(road.PATIENT_WINDOW)
        try:
            entries = await _walk(session, sealed)
        except BrokenChainError as error:
            return Checked(service, scope, 0, last, broken_at=error.sequence, reason=str(error))
        counted = COUNT_UNSEALED.sql, *COUNT_UNSEALED.arguments({"sealed": last})
        unsealed = await session.connection.fetchval(*counted, timeout=_COUNT_SECONDS)
    return Checked(service, scope, entries, last, unsealed)


async def _walk(session: Session, sealed: Mapping[int, set[bytes]]) -> int:
    sequence, before = 0, NOTHING
    while rows := await session.all(PAGE_LINKS, after=sequence, most=_PAGE):
        for row in rows:
            check_link(row, sequence, before, sealed)
            sequence, before = row["sequence"], row["hash"]
    if (last := max(sealed, default=0)) > sequence:
        raise BrokenChainError(sequence + 1, f"missing; entries up to {last} were sealed")
    return sequence


def check_link(row: Row, sequence: int, before: bytes, sealed: Mapping[int, set[bytes]]) -> None:
    """Whether the row is the next link, as it was made; `sequence` and `before` are those of the one before."""
    if row["sequence"] != sequence + 1 or row["id"] is None:
        raise BrokenChainError(sequence + 1, "missing")
    if row["hash"] != hash_of(before, row):
        raise BrokenChainError(sequence + 1, "not what was linked")
    if sealed.get(sequence + 1, {row["hash"]}) != {row["hash"]}:
        raise BrokenChainError(sequence + 1, "not what was sealed")


async def read_heads(settings: ServiceSettings) -> Heads:
    """The sealed heads from the topic's beginning to its end, as it is now; TimeoutError when none comes for 30 s."""
    consumer = AIOKafkaConsumer(**connection(settings), enable_auto_commit=False)
    try:
        async with asyncio.timeout(_KAFKA_SECONDS) as patience:
            partitions = await partitions_of(AuditSealed.topic, settings)
            if not partitions:
                raise RuntimeError(f"Kafka has no topic {AuditSealed.topic}: run migrate")
            await consumer.start()
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            return await _read(consumer, await consumer.end_offsets(partitions), patience)
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], patience: asyncio.Timeout) -> Heads:
    heads: dict[UUID, list[AuditSealed]] = defaultdict(list)
    while left := [one for one in ends if await consumer.position(one) < ends[one]]:
        for records in (await consumer.getmany(*left, timeout_ms=_POLL_MS)).values():
            patience.reschedule(asyncio.get_running_loop().time() + _KAFKA_SECONDS)
            for sealed in filter(None, (_sealed(record.value) for record in records)):
                heads[sealed.subject].append(sealed)
    return heads


def _sealed(value: bytes | None) -> AuditSealed | None:
    try:
        fact = decode(value or b"").data
    except MalformedEventError:
        return None
    return fact if isinstance(fact, AuditSealed) else None
