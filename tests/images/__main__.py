"""`python -m tests.images stand-ins [PROFILE...]`: the official images of docker-compose.yml, pulled or stood in for.

`images` also builds ours and looks into each; `compose-test [PATH...]` then runs tests/integration on their containers.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from deploy.images import build
from deploy.images.engine import ADVICE, Engine, find
from tests.images.stand_ins import named, provide
from tests.town.contained import PROJECT

from localstack.errors import StackError

PROFILES: Final = ("observability",)
TEST_SECONDS: Final = 2700
_STOP_SECONDS: Final = 180


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 where there is no engine, 2 and one line where something cannot be done."""
    command, *rest = arguments
    engine = find()
    if engine is None:
        print(f"{command}: skipped: {ADVICE}")
        return 0
    if command == "compose-test" and not engine.compose:
        print(f"{command}: skipped: the Docker engine has no Compose (Debian: apt-get install docker-compose)")
        return 0
    try:
        return COMMANDS[command](engine, rest)
    except (StackError, OSError) as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 2


def stand_ins(engine: Engine, profiles: Sequence[str]) -> int:
    """What docker-compose.yml takes from others."""
    provide(engine, named(profiles), say)
    return 0


def images(engine: Engine, names: Sequence[str]) -> int:
    """Ours, built and looked into."""
    provide(engine, named()[:1], say)
    return build.main(names) or _pytest(["-rs", "tests/images/test_images.py"], {})


def compose_test(engine: Engine, paths: Sequence[str]) -> int:
    """The integration tests on containers; nothing of them stays, however they end."""
    stand_ins(engine, PROFILES)
    if ended := build.main(()):
        return ended
    try:
        return _pytest(["-rs", *(paths or ("tests/images", "tests/integration"))], {"TEST_STACK": "containers"})
    finally:
        _remove(engine)


def say(line: str) -> None:
    """One line, at once."""
    print(f"images: {line}", flush=True)


def _pytest(arguments: Sequence[str], told: dict[str, str]) -> int:
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], env=os.environ | told)
    try:
        return process.wait(TEST_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"images: the tests did not end within {TEST_SECONDS} s", file=sys.stderr)
        # As with Ctrl-C, they put everything away first.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        process.kill()
        return 2


def _remove(engine: Engine) -> None:
    """What a run that was killed has left."""
    ours = f"--filter=label=com.docker.compose.project={PROJECT}"
    for what, remove in (("ps", ("rm", "--force")), ("volume", ("volume", "rm")), ("network", ("network", "rm"))):
        listing = ("ps", "--all", "--quiet", ours) if what == "ps" else (what, "ls", "--quiet", ours)
        if left := engine.ask(*listing).split():
            engine.ask(*remove, *left, seconds=_STOP_SECONDS)


COMMANDS: Final = {"stand-ins": stand_ins, "images": images, "compose-test": compose_test}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
