"""What is asked of the machine: where a program is, what it says, who we are."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from localstack.errors import StackError

# Server programs such as haproxy live where a plain user's search path does not look.
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as it is; the fields are what a test replaces. `python`: what runs the services."""

    search_path: str = field(default_factory=lambda: f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}")
    postgres_versions: Path = Path("/usr/lib/postgresql")
    # Debian asks this script before a package starts a service.
    policy: Path = Path("/usr/sbin/policy-rc.d")
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    python: Path = field(default_factory=lambda: Path(sys.executable))

    def which(self, name: str) -> Path | None:
        """The program of that name on the search path."""
        found = shutil.which(name, path=self.search_path)
        return Path(found) if found else None


def run(
    command: Sequence[str | Path],
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a command to its end and return what it wrote, errors included; refuses a failure with its last lines.

    `user`: the system user to run as (root only). `seconds`: how long it may take.
    """
    shown = Path(command[0]).name
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            env=env,
            cwd=cwd,
            **_as_user(user),
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{shown} did not end within {seconds:.0f} s") from error
    if done.returncode != 0:
        raise StackError(f"{shown} failed (exit {done.returncode}):{_last_lines(done.stdout)}")
    return done.stdout.decode(errors="replace")


class _AsUser(TypedDict, total=False):
    user: str
    group: str
    extra_groups: list[str]


def _as_user(user: str | None) -> _AsUser:
    """Without root's own groups; nothing at all for ourselves, as only root may say who."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def _last_lines(output: bytes) -> str:
    return "".join(f"\n    {line}" for line in output.decode(errors="replace").strip().splitlines()[-12:])
