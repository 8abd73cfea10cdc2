"""A Prometheus of our own beside the stack: started, asked, and stopped by its pid."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import yaml

from localstack import processes
from localstack.errors import StackError
from localstack.ports import HOST, is_free
from observability.rules import HERE

WRITTEN: Final = HERE / "prometheus" / "prometheus.yml"

SCRAPE_SECONDS: Final = 2
SCRAPES_NEEDED: Final = 3
READY_SECONDS, UP_SECONDS, ASK_SECONDS, STOP_SECONDS = 30, 60, 10, 15
_FIRST_PORT: Final = 19300
_POLL_SECONDS: Final = 0.5


def configuration(offset: int, written: Path = WRITTEN) -> dict[str, Any]:
    """What Prometheus is told: as the written configuration says, at the ports of this stack, asked more often."""
    told: dict[str, Any] = yaml.safe_load(written.read_text())
    told["global"] = {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"}
    told["rule_files"] = [str(written.parent / pattern) for pattern in told["rule_files"]]
    del told["alerting"]
    for config in told["scrape_configs"]:
        for one in config["static_configs"]:
            one["targets"] = [_moved(target, offset) for target in one["targets"]]
    return told


def targets_of(told: Mapping[str, Any]) -> list[str]:
    """The programs that it asks, as `service-component`."""
    return [_named(one["labels"]) for config in told["scrape_configs"] for one in config["static_configs"]]


def _moved(target: str, offset: int) -> str:
    host, _, port = target.partition(":")
    return f"{host}:{int(port) + offset}"


def _named(labels: Mapping[str, str]) -> str:
    return f"{labels['service']}-{labels['component']}"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running one, asked over HTTP."""

    process: psutil.Process
    client: httpx.Client
    log: Path

    def ask(self, expr: str) -> list[float]:
        """The values of an instant query's series, not-numbers among them; refuses an expression it cannot answer."""
        told = self._get("/api/v1/query", query=expr)
        if told["resultType"] == "scalar":
            return [float(told["result"][1])]
        return [float(series["value"][1]) for series in told["result"]]

    def down(self) -> dict[str, str]:
        """Targets that could not be read yet -> why."""
        active = self._get("/api/v1/targets", state="active")["activeTargets"]
        return {_named(one["labels"]): one["lastError"] or one["health"] for one in active if one["health"] != "up"}

    def ready(self) -> bool:
        """Whether it answers; refuses where it has ended."""
        if not processes.lives(self.process):
            raise StackError(f"Prometheus ended at once; its log: {self.log}")
        try:
            return self.client.get("/-/ready").is_success
        except httpx.TransportError:
            return False

    def _get(self, path: str, **parameters: str) -> Any:
        try:
            answer = self.client.get(path, params=parameters)
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StackError(f"Prometheus does not answer: {type(error).__name__} {error}; log: {self.log}") from error
        if told.get("status") != "success":
            raise StackError(f"Prometheus refuses {parameters}: {told.get('error')}")
        return told["data"]


@contextmanager
def running(
    program: Path, home: Path, told: Mapping[str, Any], mark: str, port_offset: int = 0
) -> Iterator[Prometheus]:
    """Start it, told that, with an empty store under `home`, yield it once it answers, and stop it whatever happens.

    `mark`: the stack's home, by which `down` finds what a killed command may leave behind.
    """
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / "prometheus.yml").write_text(yaml.safe_dump(told, sort_keys=False))
    port = _free_port(_FIRST_PORT + port_offset)
    command = [
        str(program),
        f"--config.file={home / 'prometheus.yml'}",
        f"--storage.tsdb.path={home / 'data'}",
        f"--web.listen-address={HOST}:{port}",
        "--log.level=warn",
    ]
    log = home / "prometheus.log"
    with log.open("w") as out:
        started = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {processes.MARK: mark},
            start_new_session=True,  # Ctrl-C is ours: we stop it
        )
    try:
        with httpx.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=ASK_SECONDS) as client:
            found = Prometheus(psutil.Process(started.pid), client, log)
            wait(found.ready, READY_SECONDS, lambda: f"Prometheus does not answer after {READY_SECONDS} s; log: {log}")
            yield found
    finally:
        stop(started)


def wait(done: Callable[[], bool], seconds: float, refusal: Callable[[], str]) -> None:
    """Return once it is done; refuse when it takes longer."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise StackError(refusal())
        time.sleep(_POLL_SECONDS)


def _free_port(first: int) -> int:
    for port in range(first, first + 100):
        if is_free(port):
            return port
    raise StackError(f"no port is free from {first} to {first + 99}")


def stop(process: "subprocess.Popen[bytes]", seconds: float = STOP_SECONDS) -> None:
    """Ask it to end, and kill it where it does not."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(seconds)
