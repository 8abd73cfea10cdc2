"""Which port each program listens on, and whether it is free."""

import errno
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

from localstack.errors import StackError

HOST = "127.0.0.1"
# Above this line Linux hands out ports to outgoing connections: a listener there would clash now and then.
CEILING = 32768

BASE = {
    "gateway": 8080,
    "gateway-tls": 8443,
    "gateway-stats": 18404,
    "postgres": 15432,
    "kafka": 19092,
    "kafka-controller": 19093,
    "sandbox": 18090,
    "sandbox-smtp": 18025,
    "identity-api": 18001,
    "providers-api": 18002,
    "booking-api": 18003,
    "payments-api": 18004,
    "notifications-api": 18005,
    "analytics-api": 18006,
    "identity-worker": 18101,
    "providers-worker": 18102,
    "booking-worker": 18103,
    "payments-worker": 18104,
    "notifications-worker": 18105,
    "analytics-worker": 18106,
}


WATCHER = 19090
"""Not the stack's: where a Prometheus is started by hand, with the same offset (deploy/observability)."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one stack: the usual ones, all moved by the same offset."""

    offset: int = 0

    def __post_init__(self) -> None:
        """Refuse an offset that moves a port out of the usable range."""
        low, high = 1024 - min(BASE.values()), CEILING - 1 - max(BASE.values())
        if not low <= self.offset <= high:
            raise StackError(
                f"--port-base {self.offset} is out of range: {low} to {high}, so that no port passes {CEILING - 1}"
            )

    def __getitem__(self, name: str) -> int:
        """The port called `name`, such as `booking-api`."""
        return BASE[name] + self.offset

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the table."""
        return iter(BASE)


def is_free(port: int) -> bool:
    """Whether somebody could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections that are only fading away (TIME_WAIT) do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def find_ports(start: int, step: int = 7, tries: int = 200) -> Ports:
    """Ports that are all free now, at the first offset from `start` on: for a second stack beside the first."""
    for offset in range(start, start + step * tries, step):
        ports = Ports(offset)
        if all(is_free(ports[name]) for name in ports):
            return ports
    raise StackError(f"no {len(BASE)} free ports from offset {start} on")


def holder(port: int) -> str | None:
    """Who listens on the port, as `name (pid 12)`; None when the system does not tell."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections(kind="tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None


def check_free(ports: Ports, names: Iterable[str]) -> None:
    """Refuse with one line per taken port: which program wants it and, when knowable, who has it."""
    taken = [name for name in names if not is_free(ports[name])]
    if not taken:
        return
    found = [
        f"port {ports[name]} of {name} is taken by {holder(ports[name]) or 'an unknown process'}" for name in taken
    ]
    raise StackError(f"{'; '.join(found)}. Stop it, or move the whole stack: make up STACK_FLAGS='--port-base 1000'")
