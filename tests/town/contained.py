"""docker-compose.yml's own containers in the place of processes, through testcontainers.

What tests ask beyond the gateway (databases, Kafka, logs, spans) is opened on loopback by a file laid over
docker-compose.yml, at the ports where the native stack has it; the rest is as everybody starts it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml
from deploy.images.build import compose as compose_file
from deploy.images.engine import ADVICE, Engine, find
from testcontainers.compose import DockerCompose

from localstack.containers import write_env
from localstack.errors import StackError
from localstack.layout import CHECKOUT
from localstack.ports import HOST, Ports
from localstack.programs import PROGRAMS, Kind, Program
from localstack.stack import Stack
from observability import containers as observability

PROJECT: Final = "barberpro-tests"
INSIDE: Final = {Kind.POSTGRES: 5432, Kind.KAFKA: 19092, Kind.SANDBOX: 8000, Kind.API: 8000, Kind.WORKER: 8001}
WATCHER_PORTS: Final = {"prometheus": 19090, "alertmanager": 19094, "grafana": 13000}
WITHOUT_HEALTH: Final = {"collector"}
_IMAGE_USER: Final = 10001
_READY_SECONDS: Final = 300
_LAST_LINES: Final = 6


class Compose(DockerCompose):
    """With whichever Compose the machine has: testcontainers knows the plugin alone."""

    command: tuple[str, ...] = ()

    @cached_property
    def compose_command_property(self) -> list[str]:
        """How every command begins."""
        files = [f"--file={file}" for file in self.compose_file_name or ()]
        settings = [f"--env-file={file}" for file in self.env_file or ()]
        profiles = [f"--profile={profile}" for profile in self.profiles or ()]
        return [*self.command, f"--project-name={PROJECT}", *settings, *profiles, *files]

    def stop(self, down: bool = True) -> None:
        """All of it: `down` takes no names."""
        self.services = None
        super().stop(down)


class ContainerStack(Stack):
    """The same questions, answered by containers; there is no supervisor, and so nothing that asks one."""

    def __init__(self, engine: Engine, home: Path, offset: int) -> None:
        """Nothing runs yet."""
        super().__init__(home, offset)
        self.engine = engine
        self._running = ExitStack()

    def start(self) -> None:
        """Bring everything up and come back when the gateway, the last, is healthy."""
        self.layout.make()
        env, laid_over = self.layout.home / "env", self.layout.home / "laid-over.yml"
        write_env(env, self.layout)
        published = {"GATEWAY_PORT": self.ports["gateway"], "SANDBOX_PORT": self.ports["sandbox"]}
        published |= {f"{name.upper()}_PORT": self.watcher_port(name) for name in WATCHER_PORTS}
        with env.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in published.items())
        for folder in (self.layout.traces, self.sandbox):
            folder.mkdir(exist_ok=True)
            # Written in there by another user.
            folder.chmod(0o777)
        laid_over.write_text(yaml.safe_dump({"services": {one.name: opened(self, one) for one in PROGRAMS}}))
        files = [str(CHECKOUT / "docker-compose.yml"), str(laid_over)]
        names = [*(program.name for program in PROGRAMS), *self.watchers]
        observability.write(observability.HOME)
        compose = Compose(CHECKOUT, files, wait=False, env_file=str(env), services=names, profiles=["observability"])
        compose.command = self.engine.compose
        try:
            self._running.enter_context(compose)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
            raise StackError(" / ".join(["the containers did not come up", *said[-_LAST_LINES:]])) from None
        for program in PROGRAMS:
            self._running.enter_context(self._followed(program.name))
        self.wait_ready([name for name in names if name not in WITHOUT_HEALTH])

    def stop(self) -> None:
        """Remove containers, networks and volumes."""
        self._running.close()
        shutil.rmtree(self.layout.home, ignore_errors=True)

    def wait_ready(self, programs: Sequence[str]) -> None:
        """Wait until the engine calls the named programs healthy."""
        deadline = time.monotonic() + _READY_SECONDS
        states = "{{.State.Health.Status}}"
        ill = list(programs)
        while ill := [one for one in ill if self._inspect(one, states) != "healthy"]:
            if time.monotonic() > deadline:
                raise StackError(f"not healthy after {_READY_SECONDS} s: {', '.join(ill)}")
            time.sleep(1)

    @property
    def watchers(self) -> list[str]:
        """The programs of the profile `observability` whose images are here."""
        services = compose_file()["services"]
        return [name for name, one in services.items() if "profiles" in one and self.engine.image(one["image"])]

    def watcher_port(self, name: str) -> int:
        """Where one of them answers on loopback."""
        return WATCHER_PORTS[name] + self.ports.offset

    @property
    def sandbox(self) -> Path:
        """The sandbox's file, where the judge's tests forge it."""
        return self.layout.data / "sandbox"

    def kill(self, program: str, signal: int = 9) -> int:
        """Send a signal to a program; 0, as its pid means nothing out here."""
        self.engine.ask("kill", f"--signal={signal}", self._container(program))
        return 0

    @contextmanager
    def _followed(self, program: str) -> Iterator[None]:
        """Its log in a file, as the native stack's."""
        with (self.layout.logs / f"{program}.log").open("w") as file:
            command = [self.engine.docker, "logs", "--follow", self._container(program)]
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
            try:
                yield
            finally:
                process.terminate()
                process.wait()

    def _inspect(self, program: str, what: str) -> str:
        return self.engine.ask("inspect", f"--format={what}", self._container(program)).strip()

    def _container(self, program: str) -> str:
        labels = {"com.docker.compose.project": PROJECT, "com.docker.compose.service": program}
        filters = [f"--filter=label={name}={value}" for name, value in labels.items()]
        return self.engine.ask("ps", "--quiet", *filters).strip()


def opened(stack: Stack, program: Program) -> dict[str, Any]:
    """What is laid over one program: its port on loopback, and where its spans go."""
    ports, layout = stack.ports, stack.layout
    if program.kind is Kind.GATEWAY:
        return {}
    found: dict[str, Any] = {"ports": [f"{HOST}:{ports[program.name]}:{INSIDE[program.kind]}"]}
    if program.kind is Kind.KAFKA:
        found["environment"] = {
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093,LOOPBACK://:19092",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://kafka:9092,LOOPBACK://{HOST}:{ports['kafka']}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOOPBACK:PLAINTEXT",
        }
    elif program.kind is Kind.SANDBOX:
        del found["ports"]
        url = f"http://localhost:{ports['sandbox']}"
        user = str(os.getuid() or _IMAGE_USER)
        found |= {"user": user, "volumes": [f"{layout.data / 'sandbox'}:/data"]}
        found["environment"] = {"SANDBOX_PUBLIC_URL": url}
    elif program.service:
        prefix = program.service.upper()
        found["volumes"] = [f"{layout.traces}:/traces"]
        found["environment"] = {
            f"{prefix}_TRACES_FILE": f"/traces/{program.name}.jsonl",
            f"{prefix}_PUBLIC_URL": f"http://localhost:{ports['gateway']}",
        }
    return found


@contextmanager
def contained(home: Path, ports: Ports) -> Iterator[ContainerStack]:
    """The whole stack in containers while the block runs."""
    engine = find()
    if engine is None or not engine.compose:
        raise StackError(ADVICE if engine is None else "the Docker engine has no Compose (Debian: docker-compose)")
    stack = ContainerStack(engine, home, ports.offset)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
