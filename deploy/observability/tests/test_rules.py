"""Rules and alerts name what exists, say how bad it is, and lead to a runbook that helps."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from localstack.layout import CHECKOUT
from observability.objectives import BEGUN_ARE_CONFIRMED, CACHE_HITS, OBJECTIVES, Counted, Objective, completed
from observability.promql import Matcher, Selector, groupings, selectors
from observability.recording import files
from observability.rules import (
    HERE,
    RULES,
    Rule,
    groups,
    load,
    prometheus_rule,
    runbook_sections,
    wrong,
    wrong_names,
)

ALERTS = {rule.name: rule for rule in load() if rule.is_alert}
# What the product's targets call CRITICAL and WARNING.
SEVERITIES = {
    "PaymentFailures": "critical",
    "MemoryHigh": "critical",
    "MemoryRising": "warning",
    "ApiSlow": "critical",
    "ApiSlowing": "warning",
    "DatabaseSlow": "warning",
    "ServiceDown": "critical",
    "SloBudgetBurnsFast": "critical",
    "SloBudgetBurnsSlowly": "warning",
    "LedgerImbalance": "critical",
    "LedgerUnmeasured": "critical",
    "OutboxOld": "critical",
    "EventLag": "critical",
}


def test_every_rule_names_what_exists_and_every_alert_has_its_runbook() -> None:
    assert len(ALERTS) > 20
    assert wrong(load()) == []


def test_every_alert_is_as_severe_as_the_products_targets_say() -> None:
    assert {name: ALERTS[name].labels["severity"] for name in SEVERITIES} == SEVERITIES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expression": "payments_attempt_total > 1"}, "no metric payments_attempt_total"),
        ({"expression": "webhooks_processed > 1"}, "no metric webhooks_processed"),
        ({"expression": 'dead_letters{vertical="barber"} > 1'}, "dead_letters has no label vertical"),
        ({"expression": 'payments_attempts_total{fault="payers"} > 1'}, "payments_attempts_total has no fault payers"),
        (
            {"expression": 'payments_attempts_total{fault=~"ours|theirs"} > 1'},
            "payments_attempts_total has no fault theirs",
        ),
        ({"expression": "sum by (servce) (dead_letters) > 1"}, "no label servce"),
        ({"labels": {"severity": "page"}}, "severity page"),
        ({"labels": {}}, "severity None"),
        ({"labels": {"severity": "none"}}, "severity none"),
        ({"annotations": {}}, "no runbook "),
        ({"annotations": {"runbook_url": "docs/runbooks/none.md#deadletters"}}, "no runbook docs/runbooks/none.md"),
        (
            {"annotations": {"runbook_url": "docs/runbooks/events.md#eventlag"}},
            "no section eventlag in docs/runbooks/events.md",
        ),
    ],
)
def test_a_planted_mistake_is_caught(change: dict[str, Any], said: str) -> None:
    assert wrong([replace(ALERTS["DeadLetters"], **change)]) == [f"DeadLetters: {said}"]


def test_a_runbook_that_does_not_say_how_to_verify_is_caught(tmp_path: Path) -> None:
    rule = Rule(
        "Planted", "up == 0", is_alert=True, labels={"severity": "warning"}, annotations={"runbook_url": "p.md#planted"}
    )
    whole = "# Title\n\n## Planted\n\n**Symptom.** a\n\n**Check.** b\n\n**Act.** c\n\n**Verify.** d\n\n## Other\n"
    (tmp_path / "p.md").write_text(whole)
    assert wrong([rule], tmp_path) == []
    (tmp_path / "p.md").write_text(whole.replace("**Verify.** d", "") + "**Verify.** of another\n")
    assert wrong([rule], tmp_path) == ["Planted: p.md#planted does not say Verify"]


def test_the_runbook_of_a_budget_that_burns_says_what_to_ask_for_each_objective() -> None:
    table = [line for line in (CHECKOUT / "docs/runbooks/slo-burn.md").read_text().splitlines() if line[:3] == "| `"]
    told = {name.strip(" `") for line in table for name in line.split("|")[1].split(",")}
    assert told == {one.slo for one in OBJECTIVES if one.slo is not None}


def test_every_section_of_an_alerts_runbook_is_of_an_alert() -> None:
    files = {rule.annotations["runbook_url"].split("#")[0] for rule in ALERTS.values()}
    sections = [name for path in sorted(files) for name in runbook_sections((CHECKOUT / path).read_text())]
    assert sorted(sections) == sorted(name.lower() for name in ALERTS)


def test_the_runbooks_name_metrics_and_files_that_exist() -> None:
    files = {CHECKOUT / rule.annotations["runbook_url"].split("#")[0] for rule in ALERTS.values()}
    recorded = {rule.name for rule in load() if not rule.is_alert}
    for path in files:
        text = path.read_text()
        assert [name for name in re.findall(r"\]\(([\w-]+\.md)\)", text) if not (path.parent / name).is_file()] == []
        named = re.findall(r"`(\w+(?:_total|_seconds|_minor|_entries|_cases|_waiting|_open|_up)(?:\{[^}`]*\})?)`", text)
        assert [line for name in named for line in wrong_names(name, recorded)] == []


def judgements() -> Iterator[tuple[set[str], set[str], bool]]:
    """Of each look at alerts in a test: who was asked about, who fired, whether some series let none fire."""
    for path in sorted((HERE / "prometheus" / "tests").glob("*.yml")):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for each in test.get("promql_expr_test", ()):
                fired, some = each["exp_samples"], len(test["input_series"]) > len(each["exp_samples"])
                for asked in (found.matchers for found in selectors(each["expr"]) if found.name == "ALERTS"):
                    pattern = next(one.value for one in asked if one.label == "alertname")
                    names = {name for name in ALERTS if re.fullmatch(pattern, name)}
                    yield names, set(re.findall(r'alertname="(\w+)"', str(fired))), some
            for each in test.get("alert_rule_test", ()):
                yield {each["alertname"]}, {each["alertname"]} if each["exp_alerts"] else set(), False


def test_every_alert_is_tested_to_fire_and_not_to_fire() -> None:
    looks = list(judgements())
    assert set().union(*(fired for _, fired, _ in looks)) == ALERTS.keys()
    quiet = set().union(*(asked for asked, fired, some in looks if some or not fired))
    assert quiet | {"Watchdog"} == ALERTS.keys()


def test_every_objective_has_all_its_parts() -> None:
    parts: dict[str, set[str]] = {}
    for rule in load():
        if "slo" in rule.labels:
            parts.setdefault(rule.labels["slo"], set()).add(rule.name)
    assert parts.keys() == {one.slo for one in OBJECTIVES if one.slo}
    assert {*map(frozenset, parts.values())} == {
        frozenset({"slo:all:rate5m", "slo:bad:rate5m", "slo:budget:ratio", "slo:minimum:events"})
    }


def test_the_recording_rules_are_those_of_the_objectives() -> None:
    for name, text in files().items():
        assert (RULES / name).read_text() == text, "run `make observability-generate`"


@pytest.mark.parametrize(
    ("alert", "objective"),
    [
        ("CacheMisses", CACHE_HITS),
        ("AppointmentsNotKept", completed()),
        ("BookingsNotConfirmed", BEGUN_ARE_CONFIRMED),
    ],
)
def test_an_objective_that_cannot_burn_has_an_alert_with_its_figures(alert: str, objective: Objective) -> None:
    assert isinstance(objective.of, Counted)
    asked = f"{objective.of.everything} {objective.of.good}"
    assert set(selectors(ALERTS[alert].expression)) == set(selectors(asked))
    assert f" < {objective.least:g}\n" in ALERTS[alert].expression
    assert f" >= {objective.minimum}" in ALERTS[alert].expression


def test_counts_of_events_are_made_with_the_interval_of_their_group() -> None:
    (slo,) = (group for group in groups() if group["name"] == "slo")
    counts = [each["expr"] for each in slo["rules"] if each["record"].startswith("slo:all:increase")]
    assert len(counts) == 4
    assert {expr.split(" * ")[0] + "s" for expr in counts} == {slo["interval"]}


def test_the_object_for_kubernetes_holds_every_group() -> None:
    assert prometheus_rule()["spec"]["groups"] == groups(RULES)


def test_an_expression_gives_its_series_and_labels_and_nothing_else() -> None:
    expression = (
        'sum by (a, b) (rate(x_total{c="sum", d=~"e|f"}[5m])) / on (a) group_left () y:z > 0.5 unless count(x) > 2'
    )
    assert selectors(expression) == [
        Selector("x_total", (Matcher("c", "=", "sum"), Matcher("d", "=~", "e|f"))),
        Selector("y:z", ()),
        Selector("x", ()),
    ]
    assert selectors(expression)[0].matchers[1].values == ("e", "f")
    assert groupings(expression) == {"a", "b"}
