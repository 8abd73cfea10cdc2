"""PostgreSQL and Kafka for real: they answer, come back after a kill -9, and leave nothing behind."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from localstack.cli import main
from localstack.errors import StackError
from localstack.ports import is_free
from localstack.stack import Stack

SERVERS = ["postgres", "kafka"]
pytestmark = pytest.mark.timeout(240)  # the first run on a machine fetches Kafka's jars


@pytest.fixture(scope="module")
def stack(make_stack: Callable[..., Stack]) -> Stack:
    made = make_stack()
    assert made.up(SERVERS)
    return made


@pytest.fixture
def up(stack: Stack) -> Stack:
    """Some tests stop the stack; each finds it running."""
    stack.up(SERVERS)
    return stack


async def test_postgres_answers_with_its_extensions_at_hand(up: Stack) -> None:
    connection = await asyncpg.connect(up.context.superuser_dsn())
    try:
        there = await connection.fetch("SELECT name FROM pg_available_extensions")
        assert {"postgis", "btree_gist"} <= {row["name"] for row in there}
        assert await connection.fetchval("SHOW fsync") == "on"
    finally:
        await connection.close()


async def test_postgres_lets_nobody_in_without_the_password(up: Stack) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(up.context.dsn("postgres", "wrong", "postgres"))


async def test_kafka_answers(up: Stack) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=up.context.kafka_bootstrap)
    await admin.start()
    try:
        cluster = await admin.describe_cluster()
    finally:
        await admin.close()
    assert [broker["port"] for broker in cluster["brokers"]] == [up.ports["kafka"]]


def test_up_again_starts_nothing(up: Stack) -> None:
    before = [up.pid(name) for name in SERVERS]
    assert up.up(SERVERS) is False
    assert [up.pid(name) for name in SERVERS] == before


@pytest.mark.parametrize("program", SERVERS)
def test_a_killed_server_comes_back(up: Stack, program: str) -> None:
    killed = up.kill(program)
    up.wait_ready([program])
    assert up.pid(program) not in (None, killed)


def test_what_was_stopped_is_started_by_up(up: Stack) -> None:
    up.supervisor.stop("postgres")
    assert up.up(SERVERS) is True
    assert up.pid("postgres")


def test_a_second_stack_on_the_same_ports_is_refused_with_who_has_them(up: Stack, tmp_path: Path) -> None:
    second = Stack(tmp_path / "second", up.ports.offset)
    try:
        with pytest.raises(StackError, match=rf"port {up.ports['postgres']} of postgres is taken by postgres \(pid"):
            second.up(SERVERS)
    finally:
        second.reset()


def test_another_port_base_is_refused_while_it_runs(up: Stack) -> None:
    with pytest.raises(StackError, match="another port base; stop it first"):
        Stack(up.layout.home, up.ports.offset + 1).up(SERVERS)


def test_what_a_killed_supervisor_left_is_cleared_by_up(up: Stack) -> None:
    left = up.live_processes()
    up.kill_supervisor()
    assert up.up(SERVERS) is True
    assert not [process for process in left if process.is_running()]


def test_data_survives_down_and_the_ports_may_move(up: Stack) -> None:
    write = up.run(_execute(up, "CREATE TABLE IF NOT EXISTS kept (word text); INSERT INTO kept VALUES ('here')"))
    up.down()
    moved = Stack(up.layout.home, up.ports.offset + 3)
    moved.up(SERVERS)
    try:
        assert write is None
        assert moved.run(_read(moved, "SELECT word FROM kept LIMIT 1")) == "here"
    finally:
        moved.down()


def test_down_leaves_no_process_and_no_port(up: Stack) -> None:
    processes = up.live_processes()
    assert {process.name() for process in processes} >= {"postgres", "java"}
    assert up.down() is True
    assert not [process for process in processes if psutil.pid_exists(process.pid)]
    assert up.live_processes() == []
    assert all(is_free(up.ports[name]) for name in up.ports)
    assert up.down() is False


def test_the_command_line_says_what_it_did(up: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--dir", str(up.layout.home)]
    assert main(["status", *where]) == 1
    assert main(["logs", "kafka", "-n", "3", *where]) == 0
    assert main(["env", "booking", *where]) == 0
    assert main(["env", "nobody", *where]) == 2
    assert main(["logs", "nobody", *where]) == 2
    assert main(["restart", "sandbox", *where]) == 2
    out, err = capsys.readouterr()
    assert "export BOOKING_DATABASES='{" in out
    assert "localstack: there is no program 'nobody'; there are: postgres, kafka, sandbox" in err
    assert "nobody has no log" in err


async def _execute(stack: Stack, statement: str) -> None:
    connection = await asyncpg.connect(stack.context.superuser_dsn())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _read(stack: Stack, query: str) -> object:
    connection = await asyncpg.connect(stack.context.superuser_dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
