"""TLS and SASL towards Kafka and PostgreSQL: what the settings say reaches the clients, and nonsense is refused."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from libs.common.tests.conftest import MIGRATIONS
from pydantic import ValidationError

from common.db import Database, connect
from common.kafka import connection
from common.migration import upgrade
from common.settings import ServiceSettings
from common.testing import Databases, settings_for

SYSTEM_ROOTS: Final = Path(ssl.get_default_verify_paths().openssl_cafile)
SSL_REQUEST: Final = bytes.fromhex("0000000804d2162f")
NOBODY: Final = Databases("toy", {}, {}, "")


def told(**kafka: Any) -> ServiceSettings:
    return settings_for(ServiceSettings, NOBODY, **{f"kafka_{name}": value for name, value in kafka.items()})


async def test_sasl_over_tls_reaches_the_client_and_the_certificate_is_checked() -> None:
    options = connection(told(security="SASL_SSL", username="booking", password="secret"))
    context = options.pop("ssl_context")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert options == {
        "bootstrap_servers": "127.0.0.1:1",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "booking",
        "sasl_plain_password": "secret",
    }
    # The clients check what they are given when they are made.
    for client in (AIOKafkaProducer(**options, ssl_context=context), AIOKafkaConsumer(**options, ssl_context=context)):
        await client.stop()


async def test_a_broker_that_speaks_no_tls_is_not_spoken_to_in_the_clear() -> None:
    async with Server() as server:
        options = connection(told(security="SSL", bootstrap=f"127.0.0.1:{server.port}"))
        producer = AIOKafkaProducer(**options, request_timeout_ms=1000)
        with pytest.raises(Exception, match="Unable to bootstrap"):
            await producer.start()
        await producer.stop()
    assert {heard[:2] for heard in server.heard} == {b"\x16\x03"}  # a TLS ClientHello


def test_an_own_authority_stands_in_for_the_systems() -> None:
    context = connection(told(security="SSL", ca_file=SYSTEM_ROOTS))["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_without_a_word_kafka_is_plain_and_carries_no_credentials() -> None:
    assert connection(told()) == {"bootstrap_servers": "127.0.0.1:1", "security_protocol": "PLAINTEXT"}


@pytest.mark.parametrize(
    ("kafka", "names"),
    [
        ({"security": "TLS"}, {"kafka_security"}),
        ({"security": "SASL_SSL"}, {"kafka_username", "kafka_password"}),
        ({"security": "SASL_SSL", "username": "booking"}, {"kafka_password"}),
        ({"security": "SSL", "username": "booking", "password": "secret"}, {"kafka_username", "kafka_password"}),
        ({"username": "booking", "password": "secret"}, {"kafka_username", "kafka_password"}),
        ({"security": "SSL", "ca_file": "/no/such/file"}, {"kafka_ca_file"}),
    ],
)
def test_nonsense_about_kafka_is_refused_by_name(kafka: dict[str, object], names: set[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        told(**kafka)
    assert {error["loc"][0] for error in refused.value.errors()} == names


def test_a_service_told_nonsense_ends_at_once_and_names_the_setting() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "booking", "worker"],
        env={"BOOKING_KAFKA_SECURITY": "TLS"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "BOOKING_KAFKA_SECURITY: Input should be 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'" in ended.stderr


@dataclass
class Server:
    """It hears what a client says first and hangs up."""

    heard: list[bytes] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.read(1024))
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as running:
        yield running


async def pool(dsn: str) -> None:
    await Database(dsn, 1, "toy").open()


async def direct(dsn: str) -> None:
    await connect(dsn, "toy")


async def migrate(dsn: str) -> None:
    await asyncio.to_thread(upgrade, MIGRATIONS, dsn, "barber")


@pytest.mark.parametrize("client", [pool, direct, migrate])
async def test_postgresql_is_asked_for_tls_before_anything_else_where_the_dsn_says_so(
    client: Callable[[str], Awaitable[None]], server: Server
) -> None:
    dsn = f"postgresql://toy:secret@127.0.0.1:{server.port}/toy?sslmode=require"
    with pytest.raises(ConnectionError):
        await client(dsn)
    assert set(server.heard) == {SSL_REQUEST}
