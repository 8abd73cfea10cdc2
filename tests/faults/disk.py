"""PostgreSQL's data on a small disk of its own, so that it can be filled up: a file, mounted through a loop device."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from tests.faults.site import Site

SIZE: Final = "1500M"
_SECONDS: Final = 60
_FILLER: Final = "filler"


def impossible() -> str | None:
    """Why this machine cannot do it, None when it can."""
    if os.geteuid() != 0:
        return "only root may mount"
    probe = subprocess.run(["losetup", "--find"], capture_output=True, timeout=_SECONDS, check=False)
    return None if probe.returncode == 0 else "there is no loop device"


@contextmanager
def small_disk(home: Path) -> Iterator[None]:
    """Mounted at the place of PostgreSQL's data in a stack's folder while the block runs."""
    image, place = _image(home), _place(home)
    place.mkdir(parents=True, exist_ok=True)
    for command in (
        ("truncate", "--size", SIZE, str(image)),
        ("mkfs.ext4", "-q", "-F", "-m", "0", str(image)),
        ("mount", "-o", "loop", str(image), str(place)),
    ):
        subprocess.run(command, check=True, timeout=_SECONDS, capture_output=True)
    try:
        yield
    finally:
        clear(home)


def clear(home: Path) -> None:
    """Take away what a run that was cut off left mounted."""
    if _place(home).is_mount():
        subprocess.run(["umount", _place(home)], check=True, timeout=_SECONDS)
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
