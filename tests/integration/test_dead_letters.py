"""A record that is no event: parked, seen by a person, and in nobody's way."""

import asyncio
import json
import os
from typing import Final

from tests.town.client import BARBER, Json
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually
from localstack.stack import Stack

pytestmark = ON_STACK
PARKED: Final = """
    SELECT reason, payload FROM dead_letter
    WHERE topic = 'payment.confirmed' AND resolved_at IS NULL AND payload = $1
"""
HEADERS: Final = {"ce_type": "payment.confirmed", "ce_vertical": BARBER}


async def test_a_malformed_record_is_parked_the_rest_goes_on_and_replay_says_what_happened(
    town: Town, shop: Shop
) -> None:
    malformed = os.urandom(8).hex().join(('{"specversion": "1.0", "id": "', '"}')).encode()
    # One in each partition, so that no payment's road leads around it.
    count = await town.records.put("payment.confirmed", malformed, HEADERS)
    await town.buy(await town.people.client(), shop, await shop.slot())
    parked = await eventually(lambda: town.records.rows("booking", BARBER, PARKED, malformed))
    assert len(parked) == count
    assert all("invalid fields" in row["reason"] for row in parked)
    status, told = await replay(town.stack)
    assert status == 1
    done = {one["scope"]: one for one in told if one["event"] == "replay.done"}
    assert done[BARBER]["replayed"] == 0
    assert done[BARBER]["failed"] >= count
    assert {"replay.malformed", "command.ended"} <= {one["event"] for one in told}


async def replay(stack: Stack) -> tuple[int | None, list[Json]]:
    """`python -m booking replay`: its exit status and its log."""
    process = await asyncio.create_subprocess_exec(
        *(str(stack.machine.python), "-m", "booking", "replay"),
        env=os.environ | stack.environment("booking-api"),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return process.returncode, [json.loads(line) for line in out.splitlines()]
