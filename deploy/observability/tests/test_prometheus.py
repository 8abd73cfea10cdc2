"""A Prometheus of our own: it scrapes, answers, and is gone afterwards. Nothing is left where there is none."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client import CollectorRegistry, Counter, start_http_server

from localstack import processes
from localstack.errors import StackError
from localstack.machine import Machine
from localstack.ports import HOST, Ports, find_ports
from localstack.programs import PROGRAMS, Kind
from localstack.stack import Stack
from observability.observe.command import SKIPPED, observe
from observability.observe.prometheus import configuration, running, stop, targets_of, wait


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


def asking(name: str, port: int) -> dict[str, Any]:
    """A configuration with one program."""
    labels = {"service": name, "component": "api"}
    asked = {"job_name": "planted", "static_configs": [{"targets": [f"{HOST}:{port}"], "labels": labels}]}
    return {"global": {"scrape_interval": "1s"}, "scrape_configs": [asked]}


def test_it_answers_what_it_scraped_and_is_gone_afterwards(prometheus_program: Path, tmp_path: Path, told: int) -> None:
    home = tmp_path / "observe"
    with running(prometheus_program, home, asking("drop", told), str(tmp_path)) as found:
        wait(lambda: bool(found.ask("drops_total")), 20, lambda: f"{found.down()}")
        assert found.ask('drops_total{service="drop"}') == [7]
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
    with running(prometheus_program, tmp_path / "observe", asking("ghost", nobody), str(tmp_path)) as found:
        wait(lambda: "refused" in found.down().get("ghost-api", ""), 20, lambda: f"{found.down()}")


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


def test_every_program_with_metrics_is_asked_at_the_ports_of_this_stack() -> None:
    told, silent = configuration(1000), {Kind.POSTGRES, Kind.KAFKA, Kind.SANDBOX}
    named = [program.name.replace("gateway", "gateway-edge") for program in PROGRAMS if program.kind not in silent]
    assert sorted(targets_of(told)) == sorted(named)
    ports = {port for config in told["scrape_configs"] for one in config["static_configs"] for port in one["targets"]}
    assert f"{HOST}:{Ports(1000)['booking-worker']}" in ports
    assert f"{HOST}:{Ports(1000)['gateway-stats']}" in ports
    assert all(Path(pattern).parent.is_dir() for pattern in told["rule_files"])


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
