"""A disk whose power can be cut: ext4 on a loop device over a file."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SECONDS: Final = 60
_TOOLS: Final = ("losetup", "mkfs.ext4", "mount", "umount", "dd")
# linux/ext4.h: EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing is written, no journal either.
_SHUTDOWN: Final = 0x8004587D
_NO_JOURNAL_EITHER: Final = (2).to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class Disk:
    """The file behind it, and the folder where it is mounted."""

    image: Path
    folder: Path

    def cut_the_power(self) -> None:
        """What the file system has not handed to the device by now never gets there; whoever still uses it gets EIO."""
        opened = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(opened, _SHUTDOWN, _NO_JOURNAL_EITHER)
        finally:
            os.close(opened)

    def copy(self, to: Path) -> None:
        """What the device holds, read past every cache."""
        _run("dd", f"if={self.image}", f"of={to}", "iflag=direct", "bs=1M", "conv=sparse", "status=none")


def why_impossible(folder: Path) -> str | None:
    """What this machine lacks for such a disk, None when it has all; tried below `folder`."""
    if os.geteuid() != 0:
        return "only root mounts"
    if lacking := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return f"there is no {', '.join(lacking)}"
    image = folder / "trial.img"
    try:
        make_disk(image, 16)
        with inserted(image, folder / "trial") as disk:
            disk.cut_the_power()
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", None) or str(error)
        return f"no loop device can be mounted and shut down ({said.strip()})"
    finally:
        image.unlink(missing_ok=True)
    return None


def make_disk(image: Path, megabytes: int) -> None:
    """An empty one."""
    with image.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    _run("mkfs.ext4", "-q", "-F", str(image))


@contextmanager
def inserted(image: Path, folder: Path) -> Iterator[Disk]:
    """Mounted while the block runs. Its writes go to the file directly, and never lie in the file's page cache."""
    folder.mkdir(exist_ok=True)
    device = _run("losetup", "--direct-io=on", "--find", "--show", str(image)).strip()
    try:
        _run("mount", "-t", "ext4", device, str(folder))
        try:
            yield Disk(image, folder)
        finally:
            _run("umount", str(folder))
    finally:
        _run("losetup", "--detach", device)
        with suppress(OSError):
            folder.rmdir()


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS).stdout
