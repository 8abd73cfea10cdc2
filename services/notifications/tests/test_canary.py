"""A person's name, phone and e-mail stay where they are sealed: no table, event, log line or metric has them."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import asyncpg
import pytest
import structlog
from prometheus_client import generate_latest
from services.notifications.tests.builders import Turno, deliver, tell
from services.notifications.tests.conftest import Clock, Sandbox
from services.notifications.tests.fakes import FakeChannel

from common import telemetry
from common.contacts import Contact
from common.testing import Databases
from notifications.domain.notification import Channel
from notifications.usecases import NotificationsContext

CANARY = Contact("Zulema Canariovich", "+5492614447733", "zulema.canariovich@example.com")
TRACES = ("Zulema", "Canariovich", "2614447733", "zulema.canariovich", "482913", "WnVsZW1h")


async def dump(databases: Databases) -> str:
    """Every table of every schema, as text, read by the verifier."""
    connection = await asyncpg.connect(databases.verifier_dsn)
    try:
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY ($1)", list(databases.dsns)
        )
        assert len(tables) > 20
        dumped = []
        for schema, table in tables:
            found = await connection.fetch(f'SELECT t::text FROM "{schema}"."{table}" t')  # noqa: S608 - from pg_tables
            dumped += [row[0] for row in found]
            if table.startswith("outbox"):
                payloads = await connection.fetch(f'SELECT payload FROM "{schema}"."{table}"')  # noqa: S608 - as above
                dumped += [bytes(row[0] or b"").decode() for row in payloads]
    finally:
        await connection.close()
    return "\n".join(dumped)


@pytest.fixture
def logs() -> Iterator[StringIO]:
    """Logs as a running process writes them."""
    stream, formatter = StringIO(), logging.getLogger().handlers[0].formatter
    telemetry._configure_logs("notifications", "worker", "debug")
    telemetry.log_to(stream)
    yield stream
    logging.getLogger().handlers[0].setFormatter(formatter)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def assert_clean(text: str) -> None:
    assert [trace for trace in TRACES if trace in text] == []


async def test_a_canary_is_found_nowhere_after_everything_was_sent(
    wired: NotificationsContext,
    sandbox: Sandbox,
    databases: Databases,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    logs: StringIO,
) -> None:
    turno = Turno(contact=CANARY)
    code = turno.code(1, datetime.now(UTC) + timedelta(minutes=10))
    await tell(wired, code, *turno.known()[1:], turno.confirmed(), turno.moved(turno.starts_at + timedelta(days=1)))
    await deliver(wired)
    await clock.to(turno.starts_at + timedelta(days=1) - timedelta(hours=4))
    await deliver(wired)
    await tell(wired, turno.cancelled(4), turno.refunded())
    await deliver(wired)
    said = " ".join(message["body"] + str(message["to"]) for message in await sandbox.messages())
    assert all(trace in said for trace in ("Zulema", "2614447733", "zulema.canariovich", "482913"))
    assert_clean(await dump(databases))
    assert logs.getvalue().count('"notification.sent"') == 10
    assert_clean("".join(capsys.readouterr()) + logs.getvalue())
    assert_clean(generate_latest().decode())


async def test_a_canary_is_found_nowhere_when_everything_went_wrong(
    wired: NotificationsContext,
    sandbox: Sandbox,
    databases: Databases,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    logs: StringIO,
    whatsapp: FakeChannel,
    email: FakeChannel,
) -> None:
    turno = Turno(contact=CANARY)
    await sandbox.turn(whatsapp_number_form="54", whatsapp_error_rate=0.5, mail_refuse=1, mail_refuse_code=550)
    whatsapp.mood = email.mood = "broken"
    broken = replace(wired, senders={Channel.WHATSAPP: whatsapp, Channel.EMAIL: email})
    await tell(wired, *turno.known(), turno.confirmed())
    for context in (broken, wired, replace(wired, contact_keys={}), wired):
        await deliver(context)
        await clock.on(timedelta(hours=1))
    await tell(wired, turno.erased())
    assert "notification.broken" in logs.getvalue()
    assert_clean(await dump(databases))
    assert_clean("".join(capsys.readouterr()) + logs.getvalue())
