"""The audit chain on the whole stack: what `python -m <service> audit` says of a road, and of who meddled with it.

Each kind of damage alone: libs/common/tests/test_audit.py; what is on record: each service's test_audited.py.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
import pytest
from tests.security.test_privileges import connected, works
from tests.town.client import BARBER, Call
from tests.town.shops import open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually
from localstack.environment import running_settings
from localstack.programs import SERVICES
from localstack.scopes import owner, role

pytestmark = ON_STACK
_COMMAND_SECONDS: Final = 60
_SEALED_SECONDS: Final = 60
_MONEY_SECONDS: Final = 20
EDIT: Final = "UPDATE audit_entry SET actor = 'system' WHERE sequence = $1"
BACK: Final = """
    UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit_entry WHERE sequence = $1)
"""
REMAKE: Final = """
    DO $$
    DECLARE
        one audit_entry;
        before bytea := decode(repeat('00', 32), 'hex');
    BEGIN
        FOR one IN SELECT * FROM audit_entry ORDER BY sequence LOOP
            one.previous := before;
            one.hash := audit_hash(one);
            UPDATE audit_entry SET previous = one.previous, hash = one.hash WHERE sequence = one.sequence;
            before := one.hash;
        END LOOP;
        UPDATE audit_head SET hash = before;
    END $$
"""
FORBIDDEN: Final = {
    "add": "INSERT INTO audit_entry SELECT * FROM audit_entry",
    "edit": "UPDATE audit_entry SET actor = 'system'",
    "delete": "DELETE FROM audit_entry",
    "empty": "TRUNCATE audit_entry",
    "move the head": "UPDATE audit_head SET sequence = 0",
    "drop the head": "DELETE FROM audit_head",
    "drop the seal": "DELETE FROM audit_seal",
    "drop the table": "DROP TABLE audit_entry",
    "change the function": "DROP FUNCTION audit_append(text, jsonb)",
    "hash as the chain does": "SELECT audit_hash(NULL)",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the command printed, and how it ended."""

    lines: Sequence[str]
    whole: bool

    def of(self, service: str, scope: str) -> str:
        """What it says of one chain."""
        begin = f"audit {service} {scope}: "
        return "".join(line.removeprefix(begin) for line in self.lines if line.startswith(begin))


async def audit(town: Town, service: str) -> Said:
    """As an operator runs it."""
    context = town.stack.context
    process = await asyncio.create_subprocess_exec(
        *(context.python, "-m", service, "audit"),
        env=os.environ | running_settings(context, service),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _COMMAND_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Said(out.decode().splitlines(), process.returncode == 0)


@pytest.fixture(scope="module")
async def road(town: Town) -> int:
    """Paid, read and cancelled by the shop, money back, all of it on record; how long booking's sealed chain is."""
    client, shop = await town.people.client(), await open_shop(town)
    booking, _ = await town.buy(client, shop, await shop.slot())
    path = f"/api/v1/bookings/{booking['id']}"
    for _ in range(3):
        await town.gateway.ask(Call("GET", path, shop.vertical, shop.owner.token))
    await town.gateway.ask(Call("POST", f"{path}/cancel", shop.vertical, shop.owner.token, {}))
    actions = "SELECT array_agg(action ORDER BY sequence) FROM audit_entry WHERE actor = $1"
    did = await town.records.value("booking", BARBER, actions, str(shop.owner.id))
    assert did == ["booking.read"] * 3 + ["booking.cancelled"]
    return int(await eventually(lambda: _sealed(town), _SEALED_SECONDS))


async def _sealed(town: Town) -> int | None:
    """How long the chain is, once Kafka knows."""
    length = await town.records.value("booking", BARBER, "SELECT sequence FROM audit_head")
    sealed = await town.records.value("booking", BARBER, "SELECT sequence FROM audit_seal")
    if sealed < length:
        return None
    said = await audit(town, "booking")
    return length if f"sealed in Kafka up to {length}" in said.of("booking", BARBER) else None


@asynccontextmanager
async def planted(town: Town, *steps: tuple[str, *tuple[int, ...]]) -> AsyncIterator[None]:
    """What somebody with the owner's rights did to booking's chain; afterwards it is as it was.

    Booking appends only when somebody reads or cancels through the gateway, and no other test does so meanwhile.
    """
    async with connected(town.records, owner("booking"), "booking") as connection:
        await connection.execute(f'SET search_path TO "{BARBER}", extensions')
        entries, head = await connection.fetch("TABLE audit_entry"), await connection.fetchrow("TABLE audit_head")
        try:
            async with connection.transaction():
                for step, *values in steps:
                    await connection.execute(step, *values)
            yield
        finally:
            await _restore(connection, entries, head)


async def _restore(connection: asyncpg.Connection, entries: Sequence[asyncpg.Record], head: asyncpg.Record) -> None:
    async with connection.transaction():
        await connection.execute("TRUNCATE audit_entry")
        await connection.copy_records_to_table("audit_entry", schema_name=BARBER, records=entries)
        await connection.execute("UPDATE audit_head SET (sequence, hash) = ($1, $2)", head["sequence"], head["hash"])


@pytest.mark.parametrize("service", SERVICES)
async def test_after_a_road_was_travelled_every_chain_is_whole(town: Town, road: int, service: str) -> None:
    assert road
    said = await audit(town, service)
    assert said.whole
    assert [line for line in said.lines if ", whole; " not in line] == []
    assert len(said.lines) == len(town.stack.context.scopes[service])


async def test_the_money_s_way_there_and_back_is_on_record(town: Town, road: int) -> None:
    assert road
    wanted = {"payment.captured", "refund.asked", "refund.sent", "refund.done"}

    async def is_there() -> bool:
        rows = await town.records.rows("payments", BARBER, "SELECT DISTINCT action FROM audit_entry")
        return wanted <= {row["action"] for row in rows}

    await eventually(is_there, _MONEY_SECONDS)


async def test_a_row_that_was_edited_is_named(town: Town, road: int) -> None:
    async with planted(town, (EDIT, road - 1)):
        said = await audit(town, "booking")
    assert said.of("booking", BARBER) == f"BROKEN at sequence {road - 1}: not what was written"
    assert not said.whole


async def test_a_row_that_was_deleted_is_named(town: Town, road: int) -> None:
    async with planted(town, ("DELETE FROM audit_entry WHERE sequence = $1", road - 2)):
        said = await audit(town, "booking")
    assert said.of("booking", BARBER) == f"BROKEN at sequence {road - 2}: missing"
    assert not said.whole


async def test_an_end_that_was_cut_off_together_with_the_head_is_missed_in_kafka(town: Town, road: int) -> None:
    async with planted(town, ("DELETE FROM audit_entry WHERE sequence > $1", road - 2), (BACK, road - 2)):
        said = await audit(town, "booking")
    missing = f"BROKEN at sequence {road - 1}: missing; entries up to {road} were sealed"
    assert (said.of("booking", BARBER), said.whole) == (missing, False)


async def test_a_chain_made_anew_is_not_what_was_sealed_in_kafka(town: Town, road: int) -> None:
    async with planted(town, (EDIT, 1), (REMAKE,)):
        said = await audit(town, "booking")
    query = "SELECT min(sequence) FROM outbox WHERE topic = 'audit.sealed'"
    first = await town.records.value("booking", BARBER, query)
    assert (said.of("booking", BARBER), said.whole) == (f"BROKEN at sequence {first}: not what was sealed", False)


async def test_what_was_planted_is_gone(town: Town, road: int) -> None:
    assert f"{road} entries, whole" in (await audit(town, "booking")).of("booking", BARBER)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_s_role_can_only_append(town: Town, service: str) -> None:
    for scope in town.stack.context.scopes[service]:
        async with connected(town.records, role(service, scope), service) as connection:
            assert [name for name, statement in FORBIDDEN.items() if await works(connection, statement)] == []
            assert await works(connection, "SELECT audit_append('*', '[]')")
