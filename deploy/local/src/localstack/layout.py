"""Where the stack keeps what: everything under one folder, save what cannot live there."""

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from localstack.errors import StackError

CHECKOUT = Path(__file__).resolve().parents[4]
DATA_FILES = CHECKOUT / "deploy" / "local"
# A unix socket's address holds 107 characters; the longest name in the folder and a suffix supervisor adds need some.
SOCKET_FOLDER_LIMIT = 80
# What PostgreSQL and Kafka take for the end of a folder's name, and what supervisor expands twice.
UNSPEAKABLE = frozenset(',%"\\\n')
ELSEWHERE = Path("/var/tmp")  # noqa: S108 - the one place every user can reach that outlives a reboot; owner is checked


@dataclass(frozen=True)
class Layout:
    """The folders and files of one stack, below `home` (`.local` of the checkout unless told otherwise)."""

    home: Path
    checkout: Path = CHECKOUT

    @property
    def logs(self) -> Path:
        """One file per program."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """What is written anew at each start: configuration, start scripts, the pid."""
        return self.home / "run"

    @property
    def programs(self) -> Path:
        """A start script and a supervisor section per program."""
        return self.run / "programs"

    @property
    def traces(self) -> Path:
        """One file of spans per process."""
        return self.home / "traces"

    @property
    def data(self) -> Path:
        """What must survive a restart."""
        return self.home / "data"

    @property
    def keys(self) -> Path:
        """Signing keys: `<kid>.pem` private, `public/<kid>.pub.pem` public."""
        return self.home / "keys"

    @property
    def gateway_certificate(self) -> Path:
        """The gateway's self-signed certificate with its private key."""
        return self.home / "tls" / "gateway.pem"

    @property
    def secrets(self) -> Path:
        """Passwords, tokens and contact keys, generated once."""
        return self.home / "secrets.json"

    @property
    def state(self) -> Path:
        """What `up` decided and the other commands must know."""
        return self.home / "stack.json"

    @property
    def jars(self) -> Path:
        """Kafka's jars; shared by every stack of the checkout, and kept by `reset`."""
        return self.checkout / ".local" / "kafka"

    @property
    def elsewhere(self) -> Path:
        """The stack's own folder outside `home`, for what cannot live in there."""
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:10]
        return ELSEWHERE / f"barberpro-{digest}"

    @cached_property
    def sockets(self) -> Path:
        """Where the unix sockets of supervisor and gateway are."""
        return self.run if len(str(self.run)) <= SOCKET_FOLDER_LIMIT else self.elsewhere / "run"

    def make(self) -> None:
        """Create the folders; refuses a home that is not ours, or whose name a configuration cannot hold."""
        if odd := sorted(UNSPEAKABLE & set(str(self.home))):
            raise StackError(
                f"the path {self.home} holds {' and '.join(map(repr, odd))}; choose another folder with --dir"
            )
        try:
            for folder in (
                self.logs,
                self.programs,
                self.traces,
                self.data,
                self.keys,
                self.gateway_certificate.parent,
            ):
                folder.mkdir(parents=True, exist_ok=True)
        except PermissionError as error:
            raise StackError(f"this user cannot write {error.filename}; choose another folder with --dir") from error

    def make_sockets(self) -> None:
        """Create the folder of the sockets, outside `home` when its path is too long for them."""
        if self.sockets != self.run:
            self.claim_elsewhere()
            self.sockets.mkdir(exist_ok=True)

    def claim_elsewhere(self) -> Path:
        """Create the folder outside `home`; refuses one that somebody else put there first."""
        self.elsewhere.mkdir(mode=0o711, exist_ok=True)
        found = self.elsewhere.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StackError(f"{self.elsewhere} belongs to another user; remove it or choose another folder with --dir")
        return self.elsewhere

    def remembered(self) -> dict[str, str | int]:
        """What the last `up` wrote down: `port_offset`, `postgres_home`; empty before the first."""
        try:
            found: dict[str, str | int] = json.loads(self.state.read_text())
        except FileNotFoundError:
            return {}
        return found

    def remember(self, **decided: str | int) -> None:
        """Write down what the other commands must know."""
        self.state.write_text(json.dumps(self.remembered() | decided, indent=2) + "\n")


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that nobody else may read, not even for a moment, and replace the old one whole."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    fresh.replace(path)
