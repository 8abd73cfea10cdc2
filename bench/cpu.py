"""Processor time of process trees, from the system's own accounts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psutil


def seconds_of(pid: int) -> float:
    """Processor seconds that the process and its children have used; ended children count in their parent's."""
    root = psutil.Process(pid)
    used = root.cpu_times()
    total = used.user + used.system + used.children_user + used.children_system
    for child in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            own = child.cpu_times()
            total += own.user + own.system + own.children_user + own.children_system
    return total


@contextmanager
def metered(pids: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """What each named tree uses inside the block, in seconds; filled in at its end."""
    before = {name: seconds_of(pid) for name, pid in pids.items()}
    used: dict[str, float] = {}
    yield used
    used.update({name: seconds_of(pid) - before[name] for name, pid in pids.items()})
