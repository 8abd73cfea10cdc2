"""Where the judge looks: each database as the read-only role, Kafka from its first record, the sandbox's records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.registry import TOPICS
from localstack.environment import Context

_SECONDS: Final = 60
_PAGE: Final = 500
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One record of a topic, by its headers; `offset` is its place."""

    topic: str
    partition: int
    offset: int
    key: str
    event_id: UUID | None
    vertical: str


@dataclass
class Evidence:
    """What was gathered. `rows` asks a database again; the rest is read once.

    `connections`: the one to each service's database, opened when it is first asked unless it was given.
    """

    context: Context
    records: Sequence[Sent] = ()
    payments: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    connections: dict[str, asyncpg.Connection] = field(default_factory=dict)

    @property
    def verticals(self) -> Sequence[str]:
        """Every vertical of the stack."""
        return self.context.scopes["booking"]

    async def rows(self, service: str, scope: str, query: str, *values: object) -> Sequence[Row]:
        """Run a query in one schema of one service's database."""
        connection = await self._connection(service)
        schema = "shared" if scope == "*" else scope
        await connection.execute(f'SET search_path TO "{schema}", extensions')
        found: Sequence[Row] = await connection.fetch(query, *values)
        return found

    async def count(self, service: str, scope: str, query: str, *values: object) -> int:
        """The single number a query gives."""
        (row,) = await self.rows(service, scope, query, *values)
        (number,) = row.values()
        return int(number or 0)

    async def close(self) -> None:
        """Let the databases go."""
        for connection in self.connections.values():
            await connection.close()
        self.connections.clear()

    async def _connection(self, service: str) -> asyncpg.Connection:
        if service not in self.connections:
            dsn = self.context.role_dsn("verifier", service)
            self.connections[service] = await asyncpg.connect(dsn, timeout=10, command_timeout=_SECONDS)
        return self.connections[service]


def taken_and_returned(payment: Row) -> tuple[int, int]:
    """Centavos that MercadoPago took for a payment, and gave back of it; `captured_minor` is what is left there."""
    returned = int(payment["sandbox"]["refunded_minor"])
    return int(payment["sandbox"]["captured_minor"]) + returned, returned


async def gather(context: Context) -> Evidence:
    """Read Kafka and the sandbox; databases are asked as the checks go."""
    payments, messages = await outside(context)
    return Evidence(context, await sent(context), payments, messages)


async def outside(context: Context) -> tuple[Sequence[Row], Sequence[Row]]:
    """What MercadoPago and people's phones and mailboxes have, as the sandbox recorded it: payments, messages."""
    async with httpx.AsyncClient(base_url=context.sandbox_url, timeout=_SECONDS) as client:
        payments = await _pages(client, "/sandbox/payments", "payments")
        return payments, await _pages(client, "/sandbox/messages", "messages")


async def _pages(client: httpx.AsyncClient, path: str, name: str) -> Sequence[Row]:
    found: list[Row] = []
    after: object = None
    while True:
        query = {"limit": _PAGE} | ({"after": str(after)} if after is not None else {})
        reply = await client.get(path, params=query)
        page = reply.raise_for_status().json()
        found += page[name]
        after = page["next"]
        if after is None:
            return found


async def sent(context: Context) -> Sequence[Sent]:
    """Every record of every topic of the catalogue, in the order of its partition."""
    bootstrap = context.kafka_bootstrap
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Sent] = []
    try:
        partitions = await partitions_of(bootstrap, [topic.name for topic in TOPICS])
        consumer.assign(partitions)
        ends = {partition: end for partition, end in (await consumer.end_offsets(partitions)).items() if end}
        starts = await consumer.beginning_offsets(partitions)
        waiting = {partition for partition, end in ends.items() if starts[partition] < end}
        while waiting:
            polled = await consumer.getmany(*waiting, timeout_ms=1000, max_records=5000)
            for partition, records in polled.items():
                found += [_sent(partition, record) for record in records if record.offset < ends[partition]]
            waiting = {one for one in waiting if await consumer.position(one) < ends[one]}
    finally:
        await consumer.stop()
    return found


async def partitions_of(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Every partition of the topics, asked of the broker: a client without a subscription knows none."""
    if not topics:
        return []
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_SECONDS * 1000)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]]


def _sent(partition: TopicPartition, record: Any) -> Sent:
    headers = {name: value.decode("ascii", "replace") for name, value in record.headers}
    given = headers.get("ce_id", "")
    event_id = UUID(given) if len(given) == len(str(UUID(int=0))) else None
    key = (record.key or b"").decode("utf-8", "replace")
    vertical = headers.get("ce_vertical", "")
    return Sent(partition.topic, partition.partition, record.offset, key, event_id, vertical)
