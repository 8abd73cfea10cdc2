"""The log files: their last lines, and following them through rotation."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from localstack.errors import ProgramError
from localstack.layout import CHECKOUT, Layout

FOLLOW_SECONDS = 0.25
TAIL_BYTES = 256 * 1024


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of the file (of its last 256 kB); none when there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-count:] if count > 0 else []
    except FileNotFoundError:
        return []


def failure(layout: Layout, program: str, reason: str) -> ProgramError:
    """The error that names the program, with the end of its log and the command that shows more."""
    usual = layout.home == CHECKOUT / ".local"
    look = (
        f"make logs PROGRAM={program} LINES=200"
        if usual
        else f"python -m localstack logs {program} -n 200 --dir {layout.home}"
    )
    return ProgramError(program, reason, last_lines(layout.logs / f"{program}.log", 15), look)


class _Followed:
    """One file read from where it ends now; starts again at the top when it was rotated away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rest = b""
        self._inode, self._offset = self._where()

    def _where(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size

    def new_lines(self) -> list[str]:
        """The lines completed since the last call."""
        inode, size = self._where()
        if inode != self._inode or size < self._offset:
            self._inode, self._offset, self._rest = inode, 0, b""
        if size <= self._offset:
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read(size - self._offset)
        self._offset += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


def follow(paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """(name, line) for what is written after this call, until the caller stops asking."""
    return _forever([_Followed(path) for path in paths])


def _forever(followed: Sequence[_Followed]) -> Iterator[tuple[str, str]]:
    while True:
        for file in followed:
            for line in file.new_lines():
                yield file.path.stem, line
        time.sleep(FOLLOW_SECONDS)
