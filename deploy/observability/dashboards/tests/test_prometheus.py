"""A Prometheus of our own: it scrapes, answers, and is gone afterwards. Nothing is left where there is none."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from prometheus_client import CollectorRegistry, Counter, start_http_server

from dashboards.observe.command import SKIPPED, observe, targets_of
from dashboards.observe.prometheus import configuration, running, stop, wait
from localstack import processes
from localstack.errors import StackError
from localstack.machine import Machine
from localstack.ports import CEILING, HOST, Ports, find_ports
from localstack.programs import PROGRAMS, Kind
from localstack.stack import Stack


@pytest.fixture
def told() -> Iterator[int]:
    """The port of a program that tells `drops_total` 7."""
    registry = CollectorRegistry()
    Counter("drops", "Drops", registry=registry).inc(7)
    port = find_ports(6000)["sandbox"]
    server, thread = start_http_server(port, HOST, registry)
    yield port
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_it_answers_what_it_scraped_and_is_gone_afterwards(prometheus_program: Path, tmp_path: Path, told: int) -> None:
    home = tmp_path / "observe"
    with running(prometheus_program, home, {"drop": told}, str(tmp_path)) as found:
        wait(lambda: bool(found.ask("drops_total")), 20, lambda: f"{found.down()}")
        assert found.ask('drops_total{job="drop"}') == [7]
        assert found.ask("nobody_tells_this") == []
        assert found.ask("1 + 1") == [2]
        assert found.down() == {}
        with pytest.raises(StackError, match="parse error"):
            found.ask("sum(")
        pid = found.process.pid
        assert pid in {one.pid for one in processes.of_stack(tmp_path)}, "`down` would not find it"
    assert not psutil.pid_exists(pid)


def test_a_target_that_is_not_there_is_named(prometheus_program: Path, tmp_path: Path) -> None:
    nobody = find_ports(6200)["sandbox"]
    with running(prometheus_program, tmp_path / "observe", {"ghost": nobody}, str(tmp_path)) as found:
        wait(lambda: "refused" in found.down().get("ghost", ""), 20, lambda: f"{found.down()}")


def test_a_failure_inside_stops_it_too(prometheus_program: Path, tmp_path: Path) -> None:
    pids: list[int] = []
    with pytest.raises(ZeroDivisionError), running(prometheus_program, tmp_path / "o", {}, str(tmp_path)) as found:
        pids.append(found.process.pid)
        raise ZeroDivisionError
    assert pids
    assert not psutil.pid_exists(pids[0])


def test_one_that_ends_at_once_is_refused_with_its_log(tmp_path: Path) -> None:
    program = tmp_path / "prometheus"
    program.write_text("#!/bin/sh\necho no such flag; exit 1\n")
    program.chmod(0o755)
    started = running(program, tmp_path / "observe", {}, str(tmp_path))
    with pytest.raises(StackError, match=r"ended at once; its log: .*prometheus\.log"), started:
        pass
    assert (tmp_path / "observe" / "prometheus.log").read_text() == "no such flag\n"


def test_a_program_that_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "prometheus"
    program.write_text("#!/bin/bash\ntrap '' TERM\necho deaf\nwhile :; do sleep 0.1; done\n")
    program.chmod(0o755)
    deaf = subprocess.Popen([program], stdout=subprocess.PIPE)
    assert deaf.stdout is not None
    assert deaf.stdout.readline() == b"deaf\n"
    stop(deaf, 0.5)
    assert deaf.returncode == -signal.SIGKILL
    deaf.stdout.close()


def test_every_program_with_metrics_is_a_target(tmp_path: Path) -> None:
    targets = targets_of(Stack(tmp_path, 1000))
    silent = {Kind.POSTGRES, Kind.KAFKA, Kind.SANDBOX}
    assert set(targets) == {program.name for program in PROGRAMS if program.kind not in silent}
    assert targets["booking-worker"] == Ports(1000)["booking-worker"]
    assert targets["gateway"] == Ports(1000)["gateway-stats"]
    jobs = configuration(targets)["scrape_configs"]
    assert [job["job_name"] for job in jobs] == list(targets)
    assert all(port < CEILING for port in targets.values())


def test_without_prometheus_it_is_skipped_in_one_line_and_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(tmp_path, machine=Machine(search_path=str(tmp_path)))
    assert observe(stack, as_json=False, watch_seconds=0) == 3
    assert capsys.readouterr().out == f"{SKIPPED}\n"
    observe(stack, as_json=True, watch_seconds=0)
    assert json.loads(capsys.readouterr().out) == {"kept": False, "skipped": SKIPPED}


def test_a_stack_that_does_not_run_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "prometheus"
    program.write_text("")
    program.chmod(0o755)
    with pytest.raises(StackError, match="make up"):
        observe(Stack(tmp_path / "home", machine=Machine(search_path=str(tmp_path))), as_json=False, watch_seconds=0)
