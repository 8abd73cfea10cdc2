"""Who reads what: the services' own subscription tables, and how far each reader has got."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from common.service import consuming_scopes
from localstack.reading import partitions_of

T = TypeVar("T")
_TIMEOUT_MS: Final = 10_000
_TRIES: Final = 4
_PAUSE_SECONDS: Final = 1.0


def topics_of(service: str, scope: str, scopes: Sequence[str]) -> frozenset[str]:
    """The topics that a service's consumer of this scope is subscribed to.

    Asked of the service's own table, which a list of ours would only repeat until it is forgotten. A line that is
    missing there is not excused by it: what it should have brought about is missing in the source's own terms, as a
    read model behind its version (I6), a confirmed booking nobody is told of (I7) or a figure (I8).
    """
    if scope not in consuming_scopes(scopes):
        return frozenset()
    lines = import_module(f"{service}.app").SERVICE.subscriptions
    return frozenset(fact.topic for line in lines for fact in line.facts)


async def behind(bootstrap: str, scopes: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many records each consumer group has still to read; only groups that are behind."""
    return await asked_again(lambda: _behind(bootstrap, scopes), _PAUSE_SECONDS)


async def asked_again(ask: Callable[[], Awaitable[T]], pause: float) -> T:
    """The answer of a broker that may just have come back and know of nobody for a moment: asked a few times."""
    for _ in range(_TRIES - 1):
        try:
            return await ask()
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(pause)
    return await ask()


async def _behind(bootstrap: str, scopes: Mapping[str, Sequence[str]]) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        lags = {}
        readers = {(service, scope): topics_of(service, scope, own) for service, own in scopes.items() for scope in own}
        known = await partitions_of(bootstrap, sorted(frozenset[str]().union(*readers.values())))
        for (service, scope), topics in readers.items():
            partitions = [partition for partition in known if partition.topic in topics]
            lag = await _lag(admin, consumer, f"{service}.{scope}", partitions)
            if lag:
                lags[f"{service}.{scope}"] = lag
        return lags
    finally:
        await consumer.stop()
        await admin.close()


async def _lag(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str, partitions: Sequence[TopicPartition]
) -> int:
    if not partitions:
        return 0
    ends = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    committed = await admin.list_consumer_group_offsets(group.replace("*", "shared"))
    reached = {one: max(committed[one].offset if one in committed else 0, starts[one]) for one in partitions}
    return sum(max(ends[one] - reached[one], 0) for one in partitions)
