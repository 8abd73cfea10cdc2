"""Installing what is missing with apt-get, without starting the services the packages bring."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from localstack.errors import StackError
from localstack.machine import Machine, run
from localstack.progress import Reporter

INSTALL_SECONDS = 900
REFUSAL = "#!/bin/sh\nexit 101\n"  # 101: no, do not start it


def install(packages: Sequence[str], what: Sequence[str], reporter: Reporter, machine: Machine) -> None:
    """Install the packages; refuses, with the one command to run, when we are not root or there is no apt-get."""
    lacking = f"missing: {', '.join(what)}"
    unique = list(dict.fromkeys(packages))
    apt = machine.which("apt-get")
    if apt is None:
        raise StackError(f"{lacking}. There is no apt-get here: install them in this system's way and try again")
    command = f"apt-get install -y --no-install-recommends {' '.join(unique)}"
    if not machine.is_root:
        raise StackError(f"{lacking}. Run: sudo {command}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with reporter.step(f"{lacking}; {command}"), _services_stay_off(machine.policy):
        run([apt, "update", "-q"], seconds=INSTALL_SECONDS, env=environment)
        run([apt, *command.split()[1:]], seconds=INSTALL_SECONDS, env=environment)


@contextmanager
def _services_stay_off(policy: Path) -> Iterator[None]:
    """PostgreSQL's package would start a server of its own on 5432: nobody asked for that one."""
    if policy.exists():
        yield
        return
    policy.write_text(REFUSAL)
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
