"""The audit chain on the whole stack: what `python -m <service> audit` says of a road, and of who meddled with it.

Each kind of damage alone: libs/common/tests/test_audit.py; what is on record: each service's test_audited.py.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
import pytest
from tests.security.test_privileges import connected, works
from tests.town.client import BARBER, Call
from tests.town.shops import open_shop
from tests.town.town import ON_STACK, Town

from common.audit_chain import NOTHING, hash_of
from common.audit_check import PAGE_LINKS
from common.testing import eventually
from localstack.environment import running_settings
from localstack.programs import SERVICES
from localstack.scopes import owner, role

pytestmark = ON_STACK
_COMMAND_SECONDS: Final = 60
_SEALED_SECONDS: Final = 90
_MONEY_SECONDS: Final = 20
EDIT: Final = """
    UPDATE audit_entry SET actor = 'system' WHERE id = (SELECT entry_id FROM audit_link WHERE sequence = $1)
"""
CUT: Final = "DELETE FROM audit_link WHERE sequence > $1"
FORGET: Final = "DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_link)"
FORBIDDEN: Final = {
    "edit": "UPDATE audit_entry SET actor = 'system'",
    "delete": "DELETE FROM audit_entry",
    "empty": "TRUNCATE audit_entry",
    "link anew": "UPDATE audit_link SET sequence = 0",
    "unlink": "DELETE FROM audit_link",
    "unlink all": "TRUNCATE audit_link",
    "drop the table": "DROP TABLE audit_entry",
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
async def road(town: Town) -> AsyncIterator[int]:
    """Paid, read and cancelled by the shop, money back, all of it on record; how long booking's sealed chain is.

    Who links and seals rests afterwards: what somebody else is still having done is no part of what is judged here.
    """
    client, shop = await town.people.client(), await open_shop(town)
    booking, _ = await town.buy(client, shop, await shop.slot())
    path = f"/api/v1/bookings/{booking['id']}"
    for _ in range(3):
        await town.gateway.ask(Call("GET", path, shop.vertical, shop.owner.token))
    await town.gateway.ask(Call("POST", f"{path}/cancel", shop.vertical, shop.owner.token, {}))
    actions = "SELECT array_agg(action ORDER BY at, id) FROM audit_entry WHERE actor = $1"
    did = await town.records.value("booking", BARBER, actions, str(shop.owner.id))
    assert did == ["booking.read"] * 3 + ["booking.cancelled"]
    # A worker links when it starts and each minute after: nobody has to wait for the minute.
    await asyncio.to_thread(town.stack.restart, "booking-worker")
    sealed = int(await eventually(lambda: _sealed(town), _SEALED_SECONDS))
    await asyncio.to_thread(town.stack.supervisor.stop, "booking-worker")
    try:
        yield sealed
    finally:
        await asyncio.to_thread(town.stack.supervisor.start, "booking-worker")
        await asyncio.to_thread(town.stack.wait_ready, ["booking-worker"])


async def _sealed(town: Town) -> int | None:
    """How long the chain is, once everything is linked and Kafka knows."""
    count = await town.records.value("booking", BARBER, "SELECT count(*) FROM audit_entry")
    if await town.records.value("booking", BARBER, "SELECT count(*) FROM audit_link") < count:
        return None
    said = await audit(town, "booking")
    return count if f"sealed in Kafka up to {count}" in said.of("booking", BARBER) else None


@asynccontextmanager
async def planted(town: Town, *steps: tuple[str, *tuple[int, ...]]) -> AsyncIterator[None]:
    """What somebody with the owner's rights did to booking's chain; afterwards it is as it was."""
    async with connected(town.records, owner("booking"), "booking") as connection:
        await connection.execute(f'SET search_path TO "{BARBER}", extensions')
        kept = {table: await connection.fetch(f"TABLE {table}") for table in ("audit_entry", "audit_link")}
        try:
            async with connection.transaction():
                for step, *values in steps:
                    await connection.execute(step, *values)
            yield
        finally:
            await _restore(connection, kept)


async def _restore(connection: asyncpg.Connection, kept: Mapping[str, Sequence[asyncpg.Record]]) -> None:
    """What was added meanwhile stays."""
    async with connection.transaction():
        entries = [row["id"] for row in kept["audit_entry"]]
        await connection.execute("TRUNCATE audit_link")
        await connection.execute("DELETE FROM audit_entry WHERE id = ANY ($1)", entries)
        for table, rows in kept.items():
            await connection.copy_records_to_table(table, schema_name=BARBER, records=rows)


async def link_anew(town: Town) -> None:
    """The whole chain, with hashes that fit, as its owner could."""
    async with connected(town.records, owner("booking"), "booking") as connection:
        await connection.execute(f'SET search_path TO "{BARBER}", extensions')
        before, hashes = NOTHING, []
        for row in await connection.fetch(PAGE_LINKS.sql, 0, 10**6):
            before = hash_of(before, row)
            hashes.append((before, row["sequence"]))
        await connection.executemany("UPDATE audit_link SET hash = $1 WHERE sequence = $2", hashes)


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


async def test_an_entry_that_was_edited_is_named(town: Town, road: int) -> None:
    async with planted(town, (EDIT, road - 1)):
        said = await audit(town, "booking")
    assert said.of("booking", BARBER) == f"BROKEN at sequence {road - 1}: not what was linked"
    assert not said.whole


async def test_a_link_that_was_deleted_is_named(town: Town, road: int) -> None:
    async with planted(town, ("DELETE FROM audit_link WHERE sequence = $1", road - 2)):
        said = await audit(town, "booking")
    assert said.of("booking", BARBER) == f"BROKEN at sequence {road - 2}: missing"
    assert not said.whole


async def test_an_end_that_was_cut_off_is_missed_in_kafka(town: Town, road: int) -> None:
    async with planted(town, (CUT, road - 2), (FORGET,)):
        said = await audit(town, "booking")
    missing = f"BROKEN at sequence {road - 1}: missing; entries up to {road} were sealed"
    assert (said.of("booking", BARBER), said.whole) == (missing, False)


async def test_a_chain_made_anew_is_not_what_was_sealed_in_kafka(town: Town, road: int) -> None:
    async with planted(town, (EDIT, 1)):
        await link_anew(town)
        said = await audit(town, "booking")
    query = "SELECT min(sequence) FROM outbox WHERE topic = 'audit.sealed'"
    first = await town.records.value("booking", BARBER, query)
    assert (said.of("booking", BARBER), said.whole) == (f"BROKEN at sequence {first}: not what was sealed", False)


async def test_what_was_planted_is_gone(town: Town, road: int) -> None:
    assert f"{road} entries, whole" in (await audit(town, "booking")).of("booking", BARBER)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_s_role_can_only_add(town: Town, service: str) -> None:
    for scope in town.stack.context.scopes[service]:
        async with connected(town.records, role(service, scope), service) as connection:
            assert [name for name, statement in FORBIDDEN.items() if await works(connection, statement)] == []
            assert await works(connection, "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE false")
