"""The local PostgreSQL: where its data may live, initialising it once, its configuration."""

import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from localstack.errors import StackError
from localstack.layout import DATA_FILES, Layout
from localstack.machine import run
from localstack.templates import render

# initdb and postgres refuse to run as root.
SYSTEM_USER = "postgres"
# `/.s.PGSQL.15432.lock` must still fit into the 107 characters of a unix socket's address.
SOCKETS_LIMIT = 85


def system_user() -> str | None:
    """Whom the server runs as: `postgres` when we are root, ourselves (None) otherwise."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        lacking = f"PostgreSQL refuses to run as root and there is no system user {SYSTEM_USER!r}"
        raise StackError(f"{lacking}: adduser --system --group {SYSTEM_USER}") from None
    return SYSTEM_USER


def home_for(layout: Layout, user: str | None) -> Path:
    """The folder for the data: where the last `up` put it, else the stack's own if the server can use it."""
    remembered = Path(str(layout.remembered().get("postgres_home", "")))
    if (remembered / "data").is_dir():
        return remembered
    usual = layout.data / "postgres"
    if len(str(usual / "run")) <= SOCKETS_LIMIT and (user is None or _reachable(layout.data, user)):
        return usual
    return layout.claim_elsewhere() / "postgres"


def _reachable(folder: Path, user: str) -> bool:
    try:
        run(["/usr/bin/test", "-x", folder], seconds=10, user=user, cwd=Path("/"))
    except StackError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server. `programs`: the folder of its binaries; `user`: the system user, None for ourselves."""

    programs: Path
    home: Path
    user: str | None
    port: int

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "data"

    @property
    def sockets(self) -> Path:
        """The folder of its unix socket."""
        return self.home / "run"

    @property
    def command(self) -> tuple[str, ...]:
        """What the supervisor runs."""
        return str(self.programs / "postgres"), "-D", str(self.data)

    @property
    def initialised(self) -> bool:
        """Whether the data folder is there."""
        return (self.data / "PG_VERSION").exists()

    def prepare(self, superuser_password: str) -> None:
        """Initialise the data folder when there is none, and write the configuration."""
        for folder in (self.home, self.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            self._give(folder)
        if self.initialised:
            self._check_version()
        else:
            self._initialise(superuser_password)
        self._write(
            "postgresql.conf",
            render(
                DATA_FILES / "postgres" / "postgresql.conf.j2",
                port=self.port,
                sockets=str(self.sockets).replace("'", "''"),
            ),
        )
        self._write("pg_hba.conf", render(DATA_FILES / "postgres" / "pg_hba.conf.j2"))

    def configuration(self) -> str:
        """The text of what it was configured with, for the digest that tells a change."""
        return "".join((self.data / name).read_text() for name in ("postgresql.conf", "pg_hba.conf"))

    def _initialise(self, superuser_password: str) -> None:
        # Into a folder beside, renamed at the end: an interrupted initdb leaves nothing that looks initialised.
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.home) as password_file:
            password_file.write(superuser_password)
            password_file.flush()
            self._give(Path(password_file.name))
            options = (
                "--username=postgres",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
            )
            run([self.programs / "initdb", "-D", fresh, *options], seconds=120, user=self.user, cwd=self.home)
        fresh.rename(self.data)

    def _check_version(self) -> None:
        written = (self.data / "PG_VERSION").read_text().strip()
        installed = run([self.programs / "postgres", "--version"], seconds=30).split()[2].partition(".")[0]
        if written != installed:
            mismatch = f"{self.data} is of PostgreSQL {written}, but {installed} is installed"
            raise StackError(f"{mismatch}; `make reset` starts anew")

    def _write(self, name: str, text: str) -> None:
        (self.data / name).write_text(text)
        self._give(self.data / name)

    def _give(self, path: Path) -> None:
        if self.user is not None:
            shutil.chown(path, self.user, self.user)
