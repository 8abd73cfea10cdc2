"""What `make observability-check` runs, where promtool and amtool are; and that it fails when it should."""

import shutil
import subprocess
from pathlib import Path

import pytest

from observability.rules import HERE, load

ALERTMANAGER = HERE / "alertmanager"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=110, check=False)


def routes() -> list[list[str]]:
    lines = (ALERTMANAGER / "routes.txt").read_text().splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


def leads_to(amtool: Path, config: Path, receiver: str, *labels: str) -> bool:
    reply = run(
        amtool, "config", "routes", "test", f"--config.file={config}", f"--verify.receivers={receiver}", *labels
    )
    return reply.returncode == 0


def test_prometheus_accepts_the_rules_and_its_configuration(promtool: Path) -> None:
    reply = run(promtool, "check", "config", HERE / "prometheus" / "prometheus.yml")
    assert reply.returncode == 0, reply.stdout + reply.stderr


@pytest.mark.parametrize("name", sorted(path.name for path in (HERE / "prometheus" / "tests").glob("*.yml")))
def test_alerts_fire_when_they_should_and_only_then(promtool: Path, name: str) -> None:
    reply = run(promtool, "test", "rules", HERE / "prometheus" / "tests" / name)
    assert reply.returncode == 0, reply.stdout + reply.stderr


@pytest.mark.parametrize(
    ("file", "right", "planted"),
    [
        ("money", ">= 50", ">= 40"),
        ("money", "> 0.02", "> 0.05"),
        ("money", 'fault=~"provider|ours"', 'fault=~"provider"'),
        ("money", "abs(payments_ledger_imbalance_minor)", "payments_ledger_imbalance_minor"),
        ("money", "or absent(payments_ledger_imbalance_minor)", ""),
        ("events", "severity: critical", "severity: warning"),
        (
            "events",
            "max by (namespace, service, scope) (outbox_oldest_seconds) > 60",
            "max by (namespace, service, scope) (outbox_oldest_seconds) > 90",
        ),
    ],
)
def test_a_planted_change_of_an_alert_fails_its_test(
    promtool: Path, file: str, right: str, planted: str, tmp_path: Path
) -> None:
    shutil.copytree(HERE / "prometheus", tmp_path / "prometheus")
    rules = tmp_path / "prometheus" / "rules" / f"{file}.yml"
    text = rules.read_text()
    assert right in text
    rules.write_text(text.replace(right, planted))
    reply = run(promtool, "test", "rules", tmp_path / "prometheus" / "tests" / f"{file}.yml")
    assert reply.returncode != 0
    assert "FAILED" in reply.stdout + reply.stderr


def test_alertmanager_accepts_its_configuration(amtool: Path) -> None:
    reply = run(amtool, "check-config", ALERTMANAGER / "alertmanager.yml")
    assert reply.returncode == 0, reply.stdout + reply.stderr


@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_an_alert_reaches_whom_it_should(amtool: Path, route: list[str]) -> None:
    assert leads_to(amtool, ALERTMANAGER / "alertmanager.yml", *route)


def test_a_planted_route_is_caught(amtool: Path, tmp_path: Path) -> None:
    text = (ALERTMANAGER / "alertmanager.yml").read_text()
    planted = tmp_path / "alertmanager.yml"
    planted.write_text(text.replace('severity="critical"', 'severity="page"'))
    assert [route for route in routes() if not leads_to(amtool, planted, *route)] == [
        route for route in routes() if route[0] == "pager"
    ]


def test_the_routes_that_are_tried_are_of_alerts_as_they_are() -> None:
    alerts = {rule.name: rule.labels["severity"] for rule in load() if rule.is_alert}
    tried = [dict(label.split("=") for label in labels) for _, *labels in routes()]
    named = {
        each["alertname"]: each.get("severity") for each in tried if each["alertname"] != "WrittenWithoutASeverity"
    }
    assert named == {name: alerts[name] for name in named}
    assert set(alerts.values()) == set(named.values())
