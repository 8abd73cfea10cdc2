"""The Docker engine of this machine, through the client that can build with it."""

import json
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localstack.errors import StackError
from localstack.machine import run

ADVICE: Final = "no Docker engine answers: start one (Debian: apt-get install docker.io, then dockerd) and run it again"
BUILD_SECONDS: Final = 1200
PULL_SECONDS: Final = 900
_ASK_SECONDS: Final = 30
_LAST_WORDS: Final = 2_000
_BUILDX_APART: Final = 23
"""Since this version a client needs the plugin buildx to build; an older one has it inside."""


@dataclass(frozen=True, slots=True)
class Engine:
    """`docker`: the client. `compose`: the command that runs docker-compose.yml, empty where the machine has none."""

    docker: str
    compose: tuple[str, ...]

    def ask(self, *arguments: str, seconds: float = _ASK_SECONDS) -> str:
        """What the client says, to the byte and without its warnings; refuses a failure with its last words."""
        try:
            done = subprocess.run([self.docker, *arguments], capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise StackError(f"docker {arguments[0]} took longer than {seconds:g} s") from None
        if done.returncode != 0:
            raise StackError(f"docker {arguments[0]}: {done.stderr.decode(errors='replace').strip()[-_LAST_WORDS:]}")
        return done.stdout.decode()

    def image(self, tag: str) -> dict[str, Any] | None:
        """What is known of an image, None where it is not here."""
        told = _says(self.docker, "image", "inspect", tag)
        return dict(json.loads(told)[0]) if told else None

    def pull(self, tag: str, seconds: float = PULL_SECONDS) -> bool:
        """Whether a registry gave the image in time."""
        return bool(_says(self.docker, "pull", "--quiet", tag, seconds=seconds))

    def build(self, context: Path, tag: str, args: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Build a folder's Dockerfile with the caller's way to packages, of which nothing stays in the image."""
        given = [f"--build-arg={name}={value}" for name, value in args.items()]
        given += [f"--label={name}={value}" for name, value in labels.items()]
        with caller() as secrets:
            command = [self.docker, "build", "--network=host", *secrets, *given, "--tag", tag, str(context)]
            run(command, seconds=BUILD_SECONDS, env=os.environ | {"DOCKER_BUILDKIT": "1"})


def find() -> Engine | None:
    """The engine that answers, None where there is none."""
    clients = [client for folder in os.get_exec_path() if os.access(client := f"{folder}/docker", os.X_OK)]
    answering = [client for client in clients if _says(client, "info")]
    compose = next(
        (command for command in [(one, "compose") for one in answering] if _says(*command, "version")),
        ("docker-compose",) if _says("docker-compose", "version") else (),
    )
    return next((Engine(client, compose) for client in answering if _builds(client)), None)


def _builds(client: str) -> bool:
    version = re.search(r"\d+", _says(client, "version", "--format", "{{.Client.Version}}"))
    return bool(_says(client, "buildx", "version")) or (version is not None and int(version[0]) < _BUILDX_APART)


def _says(*command: str, seconds: float = _ASK_SECONDS) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


@contextmanager
def caller() -> Iterator[Sequence[str]]:
    """The caller's settings of pip and uv and its certificates, as secrets of a build.

    Paths of this machine mean nothing in there and are left out.
    """
    told = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_")) and value[:1] != "/"}
    certificates = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT", "")
    with tempfile.TemporaryDirectory() as folder:
        index, secrets = Path(folder, "index"), [f"--secret=id=index,src={folder}/index"]
        if certificates:
            told |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT"), "/run/secrets/certificates")
            secrets.append(f"--secret=id=certificates,src={certificates}")
        index.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in told.items()))
        yield secrets
