"""Lies for the judge, each gone again when its block ends.

In a database a lie stands in a transaction of the superuser's that is rolled back: the services never meet it, the
judge's queries run inside it. In the sandbox it stands in the data file for as long as the judge reads it.
"""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from typing import Final
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer

from localstack.environment import Context
from localstack.verify.evidence import Evidence, beside_others, outside
from localstack.verify.judge import CHECKS

_SECONDS: Final = 20
NOBODYS: Final = "planted"
"""A vertical that no service reads."""


async def broken(evidence: Evidence) -> Mapping[str, Sequence[str]]:
    """Promise -> its violations, by every check that reads evidence (I9 waits, and is asked apart)."""
    verdicts = [await check(evidence) for check in CHECKS]
    return {one.invariant: one.violations for one in verdicts if not one.kept}


@asynccontextmanager
async def planted(evidence: Evidence, service: str, schema: str, *statements: str) -> AsyncIterator[Evidence]:
    """The same evidence, with a service's database as these statements leave it."""
    dsn = evidence.context.superuser_dsn(service)
    connection = await asyncpg.connect(dsn, timeout=_SECONDS, command_timeout=_SECONDS)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f'SET LOCAL search_path TO "{schema}", extensions')
        for statement in statements:
            changed = await connection.execute(statement)
            assert not changed.endswith(" 0"), f"nothing was planted: {statement}"
        yield replace(evidence, connections={**evidence.connections, service: connection})
    finally:
        await transaction.rollback()
        await connection.close()


@asynccontextmanager
async def recorded(evidence: Evidence, lie: str, truth: str) -> AsyncIterator[Evidence]:
    """The same evidence, with the sandbox's records as `lie` makes them; `truth` puts them right before the judging."""
    file = evidence.context.layout.data / "sandbox" / "sandbox.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None, timeout=_SECONDS)) as database:
        try:
            assert _run(database, lie) > 0, f"nothing was planted: {lie}"
            payments, messages = await outside(evidence.context)
        finally:
            _run(database, truth)
    yield replace(evidence, payments=await beside_others(evidence, payments), messages=messages)


def _run(database: sqlite3.Connection, statements: str) -> int:
    before = database.total_changes
    database.executescript(f"BEGIN IMMEDIATE; {statements}; COMMIT;")
    return database.total_changes - before


async def send(context: Context, topic: str, key: UUID, event_ids: Sequence[UUID]) -> None:
    """Records of nobody's vertical into one partition, in this order; they stay there, and every reader skips them."""
    producer = AIOKafkaProducer(bootstrap_servers=context.kafka_bootstrap)
    await producer.start()
    try:
        for event_id in event_ids:
            headers = {"ce_id": str(event_id), "ce_type": topic, "ce_vertical": NOBODYS}
            sent = [(name, text.encode()) for name, text in headers.items()]
            await producer.send_and_wait(topic, b"{}", key=str(key).encode(), partition=0, headers=sent)
    finally:
        await producer.stop()


def outbox_row(account: UUID, event_id: UUID, version: int) -> str:
    """The values of an event for an INSERT."""
    return f"('account.updated', '{account}', '{event_id}', {version}, '{{}}', '')"
