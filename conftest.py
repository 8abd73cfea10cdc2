"""Real servers for the tests: PostgreSQL and Kafka, started when the first test asks, stopped when the run ends.

They come from the environment (TEST_POSTGRES_DSN and TEST_KAFKA_BOOTSTRAP) where somebody else started them, from
testcontainers where a Docker engine answers and has or gets the images, and else as native processes
(TEST_SERVERS=native|containers decides).
"""

import gc
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
from deploy.images.engine import find
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config as reaping
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from xdist.scheduler import LoadScopeScheduling

import sandbox  # noqa: F401 - imported first, or pytest takes the folder of that name for the package
from common.app import tune_garbage_collector
from common.testing import Databases, Servers, Tokens, make_databases
from localstack.ports import find_ports
from localstack.stack import Stack

ROOT: Final = Path(__file__).parent
POSTGRES_IMAGE: Final = "postgis/postgis:15-3.4"
KAFKA_IMAGE: Final = "apache/kafka:4.3.1"
STACK_TESTS: Final = ("tests/integration/", "tests/security/", "tests/faults/")
LONG_TESTS: Final = (
    "tests/simulation/",
    "services/payments/tests/test_walk.py",
    "services/booking/tests/test_oracle.py",
    "services/booking/tests/test_commands.py",
    "libs/common/tests/test_bounds.py",
    "deploy/",
)
"""What begins last ends last, and alone: these begin first, after the stack's."""
_FIRST_OFFSET: Final = 3000
_PULL_SECONDS: Final = 120
"""Then the native servers are quicker."""
_running = ExitStack()
# How fast this machine is just now is no property of the code.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Parallel workers share one pair of servers: the controller starts it before them, and they read where it is."""
    config.add_cleanup(_running.close)
    servers = _running.enter_context(running_servers())
    os.environ["TEST_POSTGRES_DSN"] = servers.postgres_dsn
    os.environ["TEST_KAFKA_BOOTSTRAP"] = servers.kafka_bootstrap


def pytest_collection() -> None:
    """Collecting makes millions of objects that stay: looking for cycles among them would be a quarter of its time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on cycles are looked for as in a service, which leaves out what was there at the start."""
    gc.enable()
    tune_garbage_collector()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes runs where somebody asks for it (`make test-deep`); what takes long begins first."""
    items.sort(key=lambda item: (not item.nodeid.startswith(STACK_TESTS), not item.nodeid.startswith(LONG_TESTS)))
    if "deep" not in config.getoption("markexpr"):
        for item in items:
            if "deep" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="takes minutes: `make test-deep`"))


class OneStack(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """A module's tests go to one worker, and all that need the whole stack to another.

    `--dist loadgroup` would do for the stack; xdist 3.8 writes its groups where pytest 9.2 does not look any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return "the stack" if nodeid.startswith(STACK_TESTS) else scope


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneStack:
    """Whatever `--dist` says."""
    return OneStack(config, log)


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Whichever of the three ways this machine offers."""
    if "TEST_POSTGRES_DSN" in os.environ:
        yield Servers(os.environ["TEST_POSTGRES_DSN"], os.environ["TEST_KAFKA_BOOTSTRAP"])
    elif _use_containers():
        port = find_ports(_FIRST_OFFSET)["kafka"]
        with PostgresContainer(POSTGRES_IMAGE) as postgres, _kafka(port):
            yield Servers(postgres.get_connection_url(driver=None), f"localhost:{port}")
    else:
        # A folder of its own for each run: two runs in one checkout must not reset each other.
        stack = Stack(ROOT / ".local" / f"test-servers-{os.getpid()}", find_ports(_FIRST_OFFSET).offset)
        try:
            stack.reset()
            stack.up(only=["postgres", "kafka"])
            yield Servers(stack.context.superuser_dsn(), stack.context.kafka_bootstrap)
        finally:
            stack.reset()
            shutil.rmtree(stack.layout.home, ignore_errors=True)


def _kafka(port: int) -> DockerContainer:
    """Apache's own image, which testcontainers' KafkaContainer does not know; it is found at the port it advertises."""
    told = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in told.items():
        container = container.with_env(f"KAFKA_{name}", value)
    return container.waiting_for(LogMessageWaitStrategy("Kafka Server started"))


def _use_containers() -> bool:
    wanted = os.environ.get("TEST_SERVERS", "")
    if wanted:
        return wanted == "containers"
    engine = find()
    # testcontainers' own reaper is an image too.
    tags = (POSTGRES_IMAGE, KAFKA_IMAGE, *(() if reaping.ryuk_disabled else (reaping.ryuk_image,)))
    return engine is not None and all(engine.image(tag) or engine.pull(tag, _PULL_SECONDS) for tag in tags)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL (as superuser) and Kafka."""
    with running_servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def worker_suffix() -> str:
    """Sets the databases of parallel test workers apart."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return f"_{worker}" if worker else ""


MakeDatabases = Callable[[str, Sequence[str], Path], Awaitable[Databases]]


@pytest.fixture(scope="session")
def make_service_databases(servers: Servers, worker_suffix: str) -> MakeDatabases:
    """`await make_service_databases("booking", ["barber", "psychology"], migrations)`: provisioned and migrated."""

    async def make(service: str, scopes: Sequence[str], migrations: Path) -> Databases:
        return await make_databases(servers.postgres_dsn, f"{service}{worker_suffix}", scopes, migrations)

    return make


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """A signer whose keys the services under test are told."""
    return Tokens()
