"""The power goes while people book: every booking that was acknowledged is there afterwards, and no half of one.

PostgreSQL's data lie on ext4 on a loop device; its file is written with direct I/O. In the middle of the bookings the
file system is shut down at one instant without a sync and without its journal (what xfstests calls "godown"), the
file is copied past the page cache, and a PostgreSQL that starts on the copy has to recover.

What that proves: a booking answered with 201 depends on nothing that is only in PostgreSQL's memory, in the page cache
or in the file system's journal buffers; recovery works from what is left, at a point that nobody chose. The second
test proves that this can fail: without fsync the same run loses what it acknowledged.

What it does not prove: that the disk's own volatile cache is flushed when PostgreSQL asks (a write that reached the
device counts as kept here, whether or not a flush followed), that a sector is never torn by the device, or anything
about disks that lie. Those are bought, not tested.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from itertools import product
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from services.booking.tests.builders import Shop, days_ahead
from tests.faults.power import Disk, inserted, make_disk, why_impossible
from tests.faults.server import DidNotStart, Running, free_port, make_server, running

from booking.app import SERVICE
from booking.settings import Settings
from common.testing import Databases, Tokens, api_client, make_databases, settings_for
from contracts.ids import AccountId, new_id

MEGABYTES: Final = 700
CLIENTS: Final = 8
BEFORE_THE_CUT: Final = 60
HOURS: Final = range(9, 20)
BARBERS: Final = 20
DAYS: Final = range(3, 6)
RUN_SECONDS: Final = 30
WITHOUT_FSYNC: Final = ("-c", "fsync=off", "-c", "synchronous_commit=off")
HALVES: Final = """
    SELECT (SELECT count(*) FROM booking WHERE
               (SELECT count(*) FROM claim WHERE booking_id = booking.id) <> 2) AS without_claims,
           (SELECT count(*) FROM claim WHERE booking_id NOT IN (SELECT id FROM booking)) AS strays,
           (SELECT count(*) FROM booking WHERE id NOT IN
               (SELECT key FROM outbox WHERE topic = 'booking.created')) AS untold,
           (SELECT count(*) FROM outbox WHERE key NOT IN (SELECT id FROM booking)) AS told_of_nothing,
           (SELECT count(*) FROM booking) - (SELECT count(*) FROM idempotency) AS without_reply
"""


@dataclass(frozen=True, slots=True)
class Town:
    """A disk's file with a shop on it, and how to reach its database."""

    image: Path
    folder: Path
    port: int
    databases: Databases
    shop: Shop


@dataclass
class Found:
    """What was acknowledged before the power went, and what is there after it; `came_back` tells of the server."""

    acknowledged: set[UUID] = field(default_factory=set)
    kept: set[UUID] = field(default_factory=set)
    halves: dict[str, int] = field(default_factory=dict)
    came_back: bool = True


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where PostgreSQL's own user can reach it."""
    path = Path(tempfile.mkdtemp(prefix="barberpro-power-", dir="/var/tmp"))
    path.chmod(0o711)
    try:
        if (lacking := why_impossible(path)) is not None:
            pytest.skip(f"impossible here: {lacking}")
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
async def town(folder: Path, tokens: Tokens) -> Town:
    """Made once; each run has a copy of the disk."""
    image, port = folder / "town.img", free_port()
    make_disk(image, MEGABYTES)
    shop = Shop(barbers=BARBERS, chairs=BARBERS)
    with inserted(image, folder / "disk") as disk:
        async with running(make_server(disk.folder / "pg", port)) as server:
            databases = await make_databases(server.dsn, "booking", [shop.vertical], SERVICE.migrations)
            async with api_client(SERVICE, settings_of(databases), tokens) as (_, context):
                await shop.open(context)
    return Town(image, folder, port, databases, shop)


async def test_every_acknowledged_booking_outlives_the_loss_of_power(town: Town, tokens: Tokens) -> None:
    found = await lose_power(town, tokens)
    assert found.came_back
    assert len(found.acknowledged) >= BEFORE_THE_CUT
    assert found.acknowledged - found.kept == set()
    assert {name: number for name, number in found.halves.items() if number} == {}


async def test_the_same_run_without_fsync_loses_what_it_acknowledged(town: Town, tokens: Tokens) -> None:
    found = await lose_power(town, tokens, *WITHOUT_FSYNC)
    assert len(found.acknowledged) >= BEFORE_THE_CUT
    assert not found.came_back or found.acknowledged - found.kept


async def lose_power(town: Town, tokens: Tokens, *options: str) -> Found:
    """Book, cut, copy, recover, look."""
    found, used, after = Found(), town.folder / "used.img", town.folder / "after.img"
    shutil.copy(town.image, used)
    with inserted(used, town.folder / "disk") as disk:
        async with running(make_server(disk.folder / "pg", town.port), *options) as server:
            await book_until_dark(town, tokens, disk, found)
            server.kill()
        disk.copy(after)
    with inserted(after, town.folder / "disk") as disk:
        try:
            async with running(make_server(disk.folder / "pg", town.port)) as server:
                await look(server, found)
        except (DidNotStart, OSError, asyncpg.PostgresError):
            found.came_back = False
    return found


async def book_until_dark(town: Town, tokens: Tokens, disk: Disk, found: Found) -> None:
    """Several clients book through the API; once enough was acknowledged the power goes, whatever is under way."""
    wishes = iter([*product(DAYS, HOURS, town.shop.staff)])
    dark = asyncio.Event()

    async def book(http: httpx.AsyncClient) -> None:
        for day, hour, staff in wishes:
            if dark.is_set():
                return
            wish = town.shop.wish(days_ahead(day, time(hour)), staffId=str(staff))
            headers = tokens.bearer(AccountId(new_id())) | {"Idempotency-Key": uuid4().hex}
            reply = await http.post("/api/v1/bookings", json=wish, headers=headers)
            # What was answered before the cut counts; nothing that is answered after it can have been kept.
            if reply.status_code == httpx.codes.CREATED and not dark.is_set():
                found.acknowledged.add(UUID(reply.json()["id"]))
            if len(found.acknowledged) >= BEFORE_THE_CUT and not dark.is_set():
                dark.set()
                disk.cut_the_power()

    async with api_client(SERVICE, settings_of(town.databases), tokens) as (http, _), asyncio.timeout(RUN_SECONDS):
        await asyncio.gather(*(book(http) for _ in range(CLIENTS)))


async def look(server: Running, found: Found) -> None:
    """Every row is read, so that a torn page would be met: the data have checksums."""
    connection = await asyncpg.connect(server.dsn.removesuffix("postgres") + "booking", timeout=10, command_timeout=30)
    try:
        await connection.execute('SET search_path TO "barber", extensions')
        found.kept = {row["id"] for row in await connection.fetch("SELECT id FROM booking")}
        found.halves = dict(await connection.fetchrow(HALVES))
    finally:
        await connection.close()


def settings_of(databases: Databases) -> Settings:
    return settings_for(Settings, databases, link_key="a link key of these tests, long enough")
