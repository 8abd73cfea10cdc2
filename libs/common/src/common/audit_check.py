"""`python -m <service> audit`: is every chain whole, from its first entry to the newest head kept in Kafka?

The hashes are made here once more and not by the database, whose owner could have changed its functions. Whoever edits,
deletes, reorders or inserts a row breaks the chain; whoever makes the whole chain anew, or cuts its end off, differs
from a head that was sealed before.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from common.audit import FIND_HEAD, PAGE_ENTRIES
from common.db import Row, Session
from common.kafka import connection, partitions_of
from common.settings import ServiceSettings
from common.uow import UnitOfWork
from contracts.audit import AuditSealed, chain_id
from contracts.envelope import MalformedEventError, decode

_PAGE: Final = 5_000
_KAFKA_SECONDS: Final = 30.0
_POLL_MS: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING: Final = bytes(32)

Heads = Mapping[UUID, Sequence[AuditSealed]]
"""Every sealed head that Kafka still has, by chain, in the order in which they were sealed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one chain; `broken_at` is the first sequence that is not as it was written."""

    service: str
    scope: str
    entries: int
    sealed: int
    broken_at: int | None = None
    reason: str = ""

    def __str__(self) -> str:
        """One line."""
        name = f"audit {self.service} {self.scope}"
        if self.broken_at is not None:
            return f"{name}: BROKEN at sequence {self.broken_at}: {self.reason}"
        return f"{name}: {self.entries} entries, whole; sealed in Kafka up to {self.sealed}"


class BrokenChainError(Exception):
    """The chain is not what was written from `sequence` on."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence


async def check_chains(service: str, uow: UnitOfWork, settings: ServiceSettings) -> list[Checked]:
    """Every scope's chain. Kafka is read first: a head that is sealed meanwhile only lies further on."""
    heads = await read_heads(settings)
    return [await check_chain(uow, service, scope, heads.get(chain_id(service, scope), ())) for scope in uow.scopes]


async def check_chain(uow: UnitOfWork, service: str, scope: str, heads: Sequence[AuditSealed]) -> Checked:
    """One chain against itself, its head, and the heads sealed of it."""
    sealed = max((head.version for head in heads), default=0)
    async with uow.read(scope) as session, session.connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            # Of two heads of one sequence the first counts. In what order they come says nothing: the relay repeats.
            entries = await _walk(session, {head.version: bytes.fromhex(head.head) for head in reversed(heads)})
        except BrokenChainError as error:
            return Checked(service, scope, 0, sealed, error.sequence, str(error))
    return Checked(service, scope, entries, sealed)


async def _walk(session: Session, sealed: Mapping[int, bytes]) -> int:
    head = await session.one(FIND_HEAD)
    sequence, previous = 0, _NOTHING
    while rows := await session.all(PAGE_ENTRIES, after=sequence, most=_PAGE):
        for row in rows:
            check_entry(row, sequence, previous, sealed)
            sequence, previous = row["sequence"], row["hash"]
    if (last := max(sealed, default=0)) > sequence:
        raise BrokenChainError(sequence + 1, f"missing; entries up to {last} were sealed")
    if head is None or (head["sequence"], head["hash"]) != (sequence, previous):
        raise BrokenChainError(
            sequence + 1 if head and head["sequence"] > sequence else sequence, "not the chain's head"
        )
    return sequence


def check_entry(row: Row, sequence: int, previous: bytes, sealed: Mapping[int, bytes]) -> None:
    """Whether the row is the next one, as it was written; `sequence` and `previous` are those before it."""
    if row["sequence"] != sequence + 1:
        raise BrokenChainError(sequence + 1, "missing")
    if row["previous"] != previous:
        raise BrokenChainError(sequence + 1, "does not follow the entry before it")
    if row["hash"] != sha256(canonical(row).encode()).digest():
        raise BrokenChainError(sequence + 1, "not what was written")
    if sealed.get(sequence + 1, row["hash"]) != row["hash"]:
        raise BrokenChainError(sequence + 1, "not what was sealed")


def canonical(row: Row) -> str:
    """What is hashed, as `audit_hash` in audit.sql makes it."""
    at = (row["at"] - _EPOCH) // timedelta(microseconds=1)
    names = ("action", "actor", "subject", "vertical", "trace_id", "detail")
    return _joined((row["previous"].hex(), str(row["sequence"]), str(at), *(row[name] for name in names)))


def _joined(fields: Iterable[str | None]) -> str:
    return "".join(("-" if field is None else f"{len(field)}:{field}") + "," for field in fields)


async def read_heads(settings: ServiceSettings) -> Heads:
    """The sealed heads from the topic's beginning to its end, as it is now; TimeoutError after 30 s."""
    consumer = AIOKafkaConsumer(**connection(settings), enable_auto_commit=False)
    async with asyncio.timeout(_KAFKA_SECONDS):
        partitions = await partitions_of(AuditSealed.topic, settings)
        if not partitions:
            raise RuntimeError(f"Kafka has no topic {AuditSealed.topic}: run migrate")
        await consumer.start()
        try:
            return await _read(consumer, partitions)
        finally:
            await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> Heads:
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    heads: dict[UUID, list[AuditSealed]] = {}
    while left := [one for one in partitions if await consumer.position(one) < ends[one]]:
        for records in (await consumer.getmany(*left, timeout_ms=_POLL_MS)).values():
            for sealed in filter(None, (_sealed(record.value) for record in records)):
                heads.setdefault(sealed.subject, []).append(sealed)
    return heads


def _sealed(value: bytes | None) -> AuditSealed | None:
    try:
        fact = decode(value or b"").data
    except MalformedEventError:
        return None
    return fact if isinstance(fact, AuditSealed) else None
