"""How far a service has read, from Kafka's ends and the positions in its own database."""

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer

from bench.stage import Stage

_CONNECT_SECONDS: Final = 15
_POLL_SECONDS: Final = 0.05
_APPLIED: Final = "SELECT coalesce(sum(next_offset), 0) FROM consumer_position WHERE topic = ANY ($1)"


async def written(bootstrap: str, topics: Sequence[str]) -> int:
    """How many records these topics were given, over all partitions."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap)
    await asyncio.wait_for(consumer.start(), _CONNECT_SECONDS)
    try:
        ends = await asyncio.wait_for(consumer.end_offsets(consumer.assignment()), _CONNECT_SECONDS)
        return sum(ends.values())
    finally:
        await consumer.stop()


async def applied(connection: asyncpg.Connection, topics: Sequence[str]) -> int:
    """How many records of these topics a service has behind it, as its schema says."""
    return int(await connection.fetchval(_APPLIED, list(topics)))


def wait_until_read(stage: Stage, service: str, topics: Sequence[str], seconds: float) -> bool:
    """Wait until a service has applied all that these topics hold; False when time is up."""

    async def wait() -> bool:
        ends = await written(stage.stack.context.kafka_bootstrap, topics)
        connection = await asyncpg.connect(stage.dsn(service), timeout=5, command_timeout=10)
        try:
            async with asyncio.timeout(seconds):
                while await applied(connection, topics) < ends:  # noqa: ASYNC110 - it is another process that works
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            return False
        finally:
            await connection.close()
        return True

    return stage.stack.run(wait())
