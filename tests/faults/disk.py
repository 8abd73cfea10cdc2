"""PostgreSQL's data on a small disk of its own, so that it can be filled up: a file, mounted through a loop device."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from tests.faults.power import inserted, make_disk
from tests.faults.site import Site

MEGABYTES: Final = 1500
_FILLER: Final = "filler"


@contextmanager
def small_disk(home: Path) -> Iterator[None]:
    """Mounted at the place of PostgreSQL's data in a stack's folder while the block runs."""
    image = home / "postgres.img"
    make_disk(image, MEGABYTES)
    try:
        with inserted(image, home / "data" / "postgres"):
            yield
    finally:
        image.unlink()


@asynccontextmanager
async def full(site: Site) -> AsyncIterator[None]:
    """Not a block is left while this runs."""
    place = site.stack.layout.data / "postgres"
    filler = place / _FILLER
    room = os.statvfs(place)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
    try:
        yield
    finally:
        filler.unlink()
    await site.ready(["postgres"])
