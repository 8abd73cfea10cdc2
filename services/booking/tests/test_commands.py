"""The command an operator gives a dead letter up with, as a process."""

import json
import os
import subprocess
import sys

from booking.usecases import BookingContext
from common.testing import VERTICALS_DIR, Databases


def replay(databases: Databases, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m booking replay` with these arguments."""
    told = {
        "API_PORT": "1",
        "WORKER_PORT": "2",
        "DATABASES": json.dumps(dict(databases.dsns)),
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "VERTICALS_DIR": str(VERTICALS_DIR),
        "JWKS_URL": "http://127.0.0.1:1/jwks",
        "TOKEN_ISSUER": "https://barberpro.test",
        "TOKEN_AUDIENCE": "barberpro",
        "PUBLIC_URL": "http://localhost:8080",
        "LINK_KEY": "a link key of these tests, long enough",
    }
    return subprocess.run(
        [sys.executable, "-m", "booking", "replay", *arguments],
        env=os.environ | {f"BOOKING_{name}": value for name, value in told.items()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_a_dead_letter_is_given_up_by_its_id_and_cannot_be_twice(
    context: BookingContext, databases: Databases
) -> None:
    async with context.uow.begin("barber") as work:
        letter = await work.connection.fetchval(
            "INSERT INTO dead_letter (subject, topic, partition, record_offset, headers, payload, reason) "
            "VALUES ('payment.confirmed/0/1', 'payment.confirmed', 0, 1, '{}', 'x', 'malformed') RETURNING id"
        )
    asked = ("--discard", str(letter), "--scope", "barber", "--reason", "not an event")
    first, again = replay(databases, *asked), replay(databases, *asked)
    assert (first.returncode, again.returncode) == (0, 1)
    assert "dead_letter.given_up" in first.stdout
    async with context.uow.read("barber") as session:
        reason = await session.connection.fetchval("SELECT reason FROM dead_letter WHERE id = $1", letter)
    assert reason == "malformed; given up: not an event"
