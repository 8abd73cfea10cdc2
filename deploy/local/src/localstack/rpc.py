"""Talking to supervisord: XML-RPC over its unix socket, with a time-out on every call.

The parser of XML is safe here (bandit's B411): what answers is our own supervisor, on a socket that only we can open.
"""

import http.client
import socket
import xmlrpc.client  # nosec B411
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from localstack.errors import StackError

CALL_SECONDS = 15
ALREADY_STARTED, NOT_RUNNING = 60, 70
RUNS = frozenset({"RUNNING", "STARTING", "BACKOFF"})
ENDED = frozenset({"STOPPED", "EXITED", "FATAL"})
KEPT_DOWN = frozenset({"STOPPED", "FATAL"})


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """What supervisord knows of one program. `started`: seconds since the epoch; `pid`: None when it does not run."""

    name: str
    state: str
    pid: int | None
    started: int
    exit_status: int
    error: str

    @property
    def runs(self) -> bool:
        """Whether it runs, or is about to."""
        return self.state in RUNS


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=CALL_SECONDS)
        self._path = path

    def connect(self) -> None:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(CALL_SECONDS)
        try:
            opened.connect(str(self._path))
        except OSError:
            opened.close()
            raise
        self.sock = opened


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        opened = _Connection(self._path)
        self._connection = host, opened  # where the base class finds what it closes
        return opened


class Supervisor:
    """The supervisord behind one socket."""

    def __init__(self, socket_path: Path) -> None:
        """Nothing is opened until the first call."""
        self.socket_path = socket_path

    def alive(self) -> bool:
        """Whether it answers."""
        try:
            self._call("getState")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def processes(self) -> dict[str, ProcessInfo]:
        """Every program it knows, by name; empty when it does not answer."""
        try:
            found = self._call("getAllProcessInfo")
        except (OSError, http.client.HTTPException):
            return {}
        return {raw["name"]: _info(raw) for raw in found}

    def start(self, name: str) -> None:
        """Begin to start a program; does nothing when it runs."""
        self._tolerating(ALREADY_STARTED, "startProcess", name, False)

    def stop(self, name: str) -> None:
        """Begin to stop a program; does nothing when it does not run."""
        self._tolerating(NOT_RUNNING, "stopProcess", name, False)

    def reload(self) -> tuple[list[str], list[str], list[str]]:
        """Read the configuration again; answers the names (added, changed, removed), and changes nothing by itself."""
        (added, changed, removed) = self._call("reloadConfig")[0]
        return added, changed, removed

    def add(self, name: str) -> None:
        """Take a program of the configuration into care."""
        self._call("addProcessGroup", name)

    def remove(self, name: str) -> None:
        """Forget a stopped program."""
        self._call("removeProcessGroup", name)

    def shutdown(self) -> None:
        """Begin to stop supervisord itself, and what still runs under it."""
        self._call("shutdown")

    def _tolerating(self, fault: int, method: str, *arguments: object) -> None:
        try:
            self._call(method, *arguments)
        except xmlrpc.client.Fault as error:
            if error.faultCode != fault:
                raise StackError(f"the supervisor refuses {method}{arguments}: {error.faultString}") from error
        except OSError as error:
            raise StackError(f"no supervisor answers at {self.socket_path}: start the stack first") from error

    def _call(self, method: str, *arguments: object) -> Any:
        with xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(self.socket_path)) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def _info(raw: dict[str, Any]) -> ProcessInfo:
    return ProcessInfo(
        name=cast("str", raw["name"]),
        state=cast("str", raw["statename"]),
        pid=raw["pid"] or None,
        started=raw["start"],
        exit_status=raw["exitstatus"],
        error=raw["spawnerr"],
    )
