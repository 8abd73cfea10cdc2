"""What is on record: databases as the role that only reads, Kafka from its first record, logs, traces, the clock."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaProducer

from common.testing import Databases
from localstack.reading import Row, Verifier, read_topics
from localstack.scopes import owner, role

NOBODY: Final = b"nobody"
"""The key of what `put` writes."""
_TABLES: Final = """
    SELECT nspname AS schema, relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema', 'extensions')
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic, whole."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, bytes]

    def __str__(self) -> str:
        """All of it as text."""
        parts = (self.key, self.value, *(name.encode() + value for name, value in self.headers.items()))
        return " ".join([self.topic, *(part.decode("utf-8", "replace") for part in parts)])


@dataclass
class Records(Verifier):
    """Reads; nothing here changes anything but the clock, and `put` writes to Kafka as a stranger would."""

    async def value(self, service: str, vertical: str, query: str, *values: object) -> Any:
        """The single value that a query gives, None without a row."""
        found = await self.rows(service, vertical, query, *values)
        return next(iter(found[0].values())) if found else None

    async def told(self, service: str, vertical: str, topic: str, subject: str) -> Sequence[Row]:
        """What a service published of one aggregate, in order."""
        query = "SELECT * FROM outbox WHERE topic = $1 AND key = $2 ORDER BY id"
        return await self.rows(service, vertical, query, topic, UUID(subject))

    async def tables_with(self, service: str, words: Sequence[str], schema: str | None = None) -> list[str]:
        """The tables of a service's database that hold one of the words, as text or as bytes."""
        patterns = [f"%{form}%" for word in words for form in (word, word.encode().hex())]
        connection = await self.connection(service)
        found = []
        for table in await connection.fetch(_TABLES):
            name = f'"{table["schema"]}"."{table["name"]}"'
            query = f"SELECT EXISTS (SELECT FROM {name} AS t WHERE t::text ILIKE ANY ($1))"  # noqa: S608 - catalogue
            if schema in (None, table["schema"]) and await connection.fetchval(query, patterns):
                found.append(f"{service}.{table['schema']}.{table['name']}")
        return found

    async def count_of_tables(self, service: str) -> int:
        """How many tables `tables_with` looks into."""
        return len(await (await self.connection(service)).fetch(_TABLES))

    async def topics(self) -> Sequence[Record]:
        """Every record of every topic."""
        found = await read_topics(self.context.kafka_bootstrap)
        return [Record(one.topic, one.key or b"", one.value or b"", dict(one.headers)) for one in found]

    async def put(self, topic: str, value: bytes, headers: Mapping[str, str]) -> int:
        """The same record into each partition of a topic; how many that are."""
        producer = AIOKafkaProducer(bootstrap_servers=self.context.kafka_bootstrap)
        await producer.start()
        try:
            partitions = await producer.partitions_for(topic)
            sent = [(name, text.encode()) for name, text in headers.items()]
            for partition in partitions:
                await producer.send_and_wait(topic, value, key=NOBODY, partition=partition, headers=sent)
        finally:
            await producer.stop()
        return len(partitions)

    @asynccontextmanager
    async def clock_of(self, service: str, vertical: str) -> AsyncIterator["Clock"]:
        """The clock of one schema, put right again when the block ends."""
        clock = Clock(self._databases(service), vertical)
        try:
            yield clock
        finally:
            await clock.to(timedelta())

    @property
    def logs(self) -> Sequence[Path]:
        """Every log file."""
        return sorted(self.context.layout.logs.iterdir())

    @property
    def traces(self) -> Sequence[Path]:
        """Every file of spans."""
        return sorted(self.context.layout.traces.iterdir())

    def _databases(self, service: str) -> Databases:
        scopes, context = self.context.scopes[service], self.context
        return Databases(
            service,
            {scope: context.role_dsn(role(service, scope), service) for scope in scopes},
            dict.fromkeys(scopes, context.role_dsn(owner(service), service)),
            context.role_dsn("verifier", service),
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """What `app_now()` of one schema says beyond the time of day; only the owner can move it."""

    databases: Databases
    vertical: str

    async def to(self, ahead: timedelta) -> None:
        """So much later than it is."""
        await self.databases.shift_clock(self.vertical, ahead)
