"""PostgreSQL's data on a small disk of its own, so that it can be filled up: a file, mounted through a loop device."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg
from tests.faults.power import inserted, make_disk
from tests.faults.site import Site
from tests.faults.strike import prove

MEGABYTES: Final = 1500
_SECONDS: Final = 60
_FILLER: Final = "filler"
# Temporary, so that nothing of it stays: pages are asked for as the rows come, some 30 MB of them.
_MUCH: Final = "CREATE TEMPORARY TABLE much AS SELECT md5(n::text) FROM generate_series(1, 500000) AS n"


@contextmanager
def small_disk(home: Path) -> Iterator[None]:
    """Mounted at the place of PostgreSQL's data in a stack's folder while the block runs."""
    image, place = _image(home), _place(home)
    make_disk(image, MEGABYTES)
    try:
        with inserted(image, place):
            yield
    finally:
        image.unlink()


def take_out(home: Path) -> None:
    """The disk of a run that was killed."""
    if _place(home).is_mount():
        # Lazily: who was killed a moment ago may still hold a file. The loop device goes with the last one.
        subprocess.run(["umount", "--lazy", "--detach-loop", _place(home)], check=True, timeout=_SECONDS)
    _image(home).unlink(missing_ok=True)


def _image(home: Path) -> Path:
    return home / "postgres.img"


def _place(home: Path) -> Path:
    return home / "data" / "postgres"


@asynccontextmanager
async def full(site: Site) -> AsyncIterator[None]:
    """Not a block is left while this runs."""
    place = site.stack.layout.data / "postgres"
    filler, before = place / _FILLER, _failed_writes(site)
    room = os.statvfs(place)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
    try:
        yield
        await _write_much(site)
    finally:
        filler.unlink()
    await site.ready(["postgres"])
    prove(_failed_writes(site) > before, "PostgreSQL wrote as ever")


async def _write_much(site: Site) -> None:
    """More than what a server keeps in reserve, so that it has to ask for room; that this fails is seen in its log."""
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await asyncpg.connect(site.stack.context.superuser_dsn(), timeout=5, command_timeout=10)
        try:
            await connection.execute(_MUCH)
        finally:
            connection.terminate()


def _failed_writes(site: Site) -> int:
    return (site.stack.layout.logs / "postgres.log").read_text(errors="replace").count("No space left on device")
