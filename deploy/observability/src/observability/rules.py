"""The rule files as data, and what is wrong with them that promtool cannot know."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from contracts.registry import FACTS
from localstack.layout import CHECKOUT
from observability.exporters import TARGET_LABELS
from observability.metrics import BY_SERIES, METRICS
from observability.promql import Selector, groupings, selectors

HERE: Final = Path(__file__).parents[2]
RULES: Final = HERE / "prometheus" / "rules"
SEVERITIES: Final = frozenset({"critical", "warning", "none"})
RUNBOOK_PARTS: Final = ("Symptom", "Check", "Act", "Verify")
WATCHDOG: Final = "Watchdog"
_SECTION: Final = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert or one recording."""

    name: str
    expression: str
    is_alert: bool
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def groups(folder: Path = RULES) -> list[dict[str, Any]]:
    """The groups of all files, as they stand there."""
    files = sorted(folder.glob("*.yml"))
    return [group for path in files for group in yaml.safe_load(path.read_text())["groups"]]


def prometheus_rule() -> dict[str, Any]:
    """All groups in one object, which the Prometheus operator loads."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "barberpro",
            "namespace": "barberpro",
            "labels": {"app.kubernetes.io/part-of": "barberpro"},
        },
        "spec": {"groups": groups()},
    }


def load(folder: Path = RULES) -> list[Rule]:
    """Every rule of every file."""
    return [_rule(each) for group in groups(folder) for each in group["rules"]]


def ours() -> str:
    """The matcher of the alerts of these files: a cluster's Prometheus has those of others too."""
    return f'alertname=~"{"|".join(sorted(rule.name for rule in load() if rule.is_alert and rule.name != WATCHDOG))}"'


def _rule(each: Mapping[str, Any]) -> Rule:
    return Rule(
        each.get("alert") or each["record"],
        each["expr"],
        "alert" in each,
        each.get("labels", {}),
        each.get("annotations", {}),
    )


def runbook_sections(text: str) -> dict[str, str]:
    """The sections of a runbook by their anchors."""
    return {title.lower().replace(" ", "-"): body for title, body in _SECTION.findall(text)}


def wrong(rules: Sequence[Rule], checkout: Path = CHECKOUT) -> list[str]:
    """One line for each name, label, value, severity or runbook that is not there."""
    recorded = {rule.name for rule in rules if not rule.is_alert}
    return [
        f"{rule.name}: {line}"
        for rule in rules
        for line in (
            *wrong_names(rule.expression, recorded),
            *(_wrong_severity(rule) if rule.is_alert else ()),
            *(_wrong_runbook(rule, checkout) if rule.is_alert else ()),
        )
    ]


def wrong_names(expression: str, recorded: Iterable[str] = ()) -> Iterator[str]:
    """What an expression names that does not exist; a dashboard's is judged by the same."""
    known = set(recorded)
    for selector in selectors(expression):
        if selector.name in BY_SERIES:
            yield from _wrong_labels(selector)
        elif selector.name not in known:
            yield f"no metric {selector.name}"
    yield from (f"no label {label}" for label in sorted(groupings(expression) - _labels_of(expression)))


def _labels_of(expression: str) -> set[str]:
    """The labels there may be: of its own metrics, or of any where it asks for what was recorded or writes labels."""
    asked = [BY_SERIES.get(selector.name) for selector in selectors(expression)]
    given = METRICS if None in asked or "label_replace" in expression else [metric for metric in asked if metric]
    return {"slo", "le", *TARGET_LABELS, *(label for metric in given for label in metric.labels)}


def _wrong_labels(selector: Selector) -> Iterator[str]:
    metric = BY_SERIES[selector.name]
    bucket = {"le"} if selector.name.endswith("_bucket") else set()
    for matcher in selector.matchers:
        if matcher.label not in {*metric.labels, *TARGET_LABELS, *bucket}:
            yield f"{selector.name} has no label {matcher.label}"
            continue
        values = metric.values.get(matcher.label) or TARGET_LABELS.get(matcher.label)
        for value in matcher.values:
            if values and value and value not in values:
                yield f"{selector.name} has no {matcher.label} {value}"
            if matcher.label == "topic" and selector.name.startswith("event") and value not in FACTS:
                yield f"no fact is called {value}"


def _wrong_severity(rule: Rule) -> Iterator[str]:
    severity = rule.labels.get("severity")
    if severity not in SEVERITIES or (severity == "none") != (rule.name == WATCHDOG):
        yield f"severity {severity}"


def _wrong_runbook(rule: Rule, checkout: Path) -> Iterator[str]:
    path, _, anchor = rule.annotations.get("runbook_url", "").partition("#")
    if not path or not (checkout / path).is_file():
        yield f"no runbook {path}"
        return
    section = runbook_sections((checkout / path).read_text()).get(anchor)
    if anchor != rule.name.lower() or section is None:
        yield f"no section {anchor} in {path}"
        return
    for part in RUNBOOK_PARTS:
        if f"**{part}.**" not in section:
            yield f"{path}#{anchor} does not say {part}"
