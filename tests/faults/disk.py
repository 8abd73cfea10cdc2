"""PostgreSQL's data on a small disk of its own, so that it can be filled up: a file, mounted through a loop device."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from tests.faults.power import inserted, make_disk
from tests.faults.site import Site

MEGABYTES: Final = 1500
_SECONDS: Final = 60
_FILLER: Final = "filler"


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
    filler = place / _FILLER
    room = os.statvfs(place)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
    try:
        yield
    finally:
        filler.unlink()
    await site.ready(["postgres"])
