"""Kafka as every service uses it: how to connect, and topics made on purpose with their partitions."""

import ssl
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from common.settings import ServiceSettings
from contracts.base import EVERYBODY
from contracts.registry import TOPICS, Topic

_ADMIN_SECONDS: Final = 15_000
_RETENTION_MS: Final = str(7 * 24 * 3600 * 1000)
_FOR_EVER: Final = "-1"
_BATCH_BYTES: Final = 128 * 1024


def connection(settings: ServiceSettings) -> dict[str, Any]:
    """What every client of ours is given to reach the brokers."""
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap}
    options["security_protocol"] = settings.kafka_security
    if settings.kafka_security.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_username is not None and settings.kafka_password is not None:
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def producer(settings: ServiceSettings, client: str) -> AIOKafkaProducer:
    """An idempotent producer that waits for every replica. It is thrown away after any error: see common.outbox."""
    return AIOKafkaProducer(
        **connection(settings),
        client_id=client,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=_BATCH_BYTES,
        request_timeout_ms=10_000,
        compression_type="lz4",
    )


def topic_config(topic: Topic, replication: int) -> dict[str, str]:
    """How a topic keeps its records; where an operator makes the topics it is told the same."""
    return {
        "cleanup.policy": topic.cleanup.value,
        "retention.ms": _FOR_EVER if topic.is_kept else _RETENTION_MS,
        # With every replica but one in step, an acknowledged record survives the loss of the leader.
        "min.insync.replicas": str(max(1, replication - 1)),
    }


async def create_topics(owner: str, settings: ServiceSettings) -> list[str]:
    """Make the owner's missing topics with explicit partitions; the names of those made."""
    admin = AIOKafkaAdminClient(**connection(settings), request_timeout_ms=_ADMIN_SECONDS)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.owner in (owner, EVERYBODY) and topic.name not in present]
        reply = await admin.create_topics(
            [
                NewTopic(
                    topic.name,
                    settings.kafka_partitions,
                    settings.kafka_replication,
                    topic_configs=topic_config(topic, settings.kafka_replication),
                )
                for topic in missing
            ]
        )
        for name, code, *_ in reply.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(name)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def partitions_of(topic: str, settings: ServiceSettings) -> list[TopicPartition]:
    """Asked of the broker: a client without a subscription knows of none. Empty where there is no such topic."""
    admin = AIOKafkaAdminClient(**connection(settings), request_timeout_ms=_ADMIN_SECONDS)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, part["partition"]) for part in described["partitions"]]


async def cluster_id(settings: ServiceSettings) -> str:
    """Which cluster this is: stored positions mean nothing on another one."""
    admin = AIOKafkaAdminClient(**connection(settings), request_timeout_ms=_ADMIN_SECONDS)
    await admin.start()
    try:
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()
