"""A stack as it is: databases as the role that may only read, topics from the first record that Kafka keeps."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from localstack.environment import Context

_SECONDS: Final = 60
_POLL_MS: Final = 1000
_MAX_RECORDS: Final = 5000
Row = Mapping[str, Any]


@dataclass
class Verifier:
    """Asks any service's database. `connections` are opened as they are needed, unless they were given."""

    context: Context
    connections: dict[str, asyncpg.Connection] = field(default_factory=dict)

    async def rows(self, service: str, scope: str, query: str, *values: object) -> Sequence[Row]:
        """Run a query in one schema of one service's database."""
        connection = await self.connection(service)
        schema = "shared" if scope == "*" else scope
        await connection.execute(f'SET search_path TO "{schema}", extensions')
        found: Sequence[Row] = await connection.fetch(query, *values)
        return found

    async def connection(self, service: str) -> asyncpg.Connection:
        """The one to a service's database."""
        held = self.connections.get(service)
        # A database that was killed has let go of us.
        if held is None or held.is_closed():
            dsn = self.context.role_dsn("verifier", service)
            held = self.connections[service] = await asyncpg.connect(dsn, timeout=10, command_timeout=_SECONDS)
        return held

    async def close(self) -> None:
        """Let the databases go."""
        for connection in self.connections.values():
            await connection.close()
        self.connections.clear()


async def read_topics(bootstrap: str, topics: Sequence[str] | None = None) -> list[Any]:
    """Every record up to the end as it is now, in the order of its partition; None: of every topic but Kafka's own.

    TimeoutError when nothing has come for a minute.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    found: list[Any] = []
    async with asyncio.timeout(_SECONDS) as patience:
        await consumer.start()
        try:
            partitions = await partitions_of(bootstrap, topics)
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            while left := [one for one in partitions if await consumer.position(one) < ends[one]]:
                for one, records in (
                    await consumer.getmany(*left, timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
                ).items():
                    patience.reschedule(asyncio.get_running_loop().time() + _SECONDS)
                    found += [record for record in records if record.offset < ends[one]]
        finally:
            await consumer.stop()
    return found


async def partitions_of(bootstrap: str, topics: Sequence[str] | None) -> list[TopicPartition]:
    """Every partition of the topics, asked of the broker: a client without a subscription knows none."""
    if topics is not None and not topics:
        return []
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_SECONDS * 1000)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics) if topics is not None else None)
    finally:
        await admin.close()
    return [
        TopicPartition(one["topic"], part["partition"])
        for one in described
        for part in one["partitions"]
        if topics is not None or not one["is_internal"]
    ]
