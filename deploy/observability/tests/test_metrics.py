"""The list of metrics says what the code declares, no more and no less."""

import ast
import importlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from localstack.layout import CHECKOUT
from localstack.ports import BASE
from observability.exporters import SERVICES, TARGET_LABELS, Exporter
from observability.metrics import METRICS, OURS, Kind, Metric
from observability.rules import HERE, load

KINDS = {Counter: Kind.COUNTER, Gauge: Kind.GAUGE, Histogram: Kind.HISTOGRAM}
PARTS = ("api", "worker")
COLLECTORS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
COMMON = CHECKOUT / "libs" / "common" / "src"
Collector = Counter | Gauge | Histogram


def sources() -> dict[Path, tuple[Exporter, ...]]:
    """Where code of the product stands, and who runs it."""
    own = {CHECKOUT / "services" / name / "src": (name,) for name in SERVICES}
    return {COMMON: SERVICES, **own}


def makes_collectors(source: str) -> bool:
    """Whether it imports what declares a metric."""
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    return any(
        node.module == "prometheus_client" and COLLECTORS & {name.name for name in node.names} for node in imports
    )


@cache
def declared() -> dict[str, tuple[Collector, tuple[Exporter, ...]]]:
    """Every collector of the code by its name."""
    found: dict[str, tuple[Collector, tuple[Exporter, ...]]] = {}
    for root, exporters in sources().items():
        for path in sorted(root.rglob("*.py")):
            if makes_collectors(path.read_text()):
                name = ".".join(path.relative_to(root).with_suffix("").parts)
                found.update((each._name, (each, exporters)) for each in collectors(name))
    return found


def collectors(module: str) -> Iterator[Collector]:
    """What one module declares, and does not import from another."""
    for each in vars(importlib.import_module(module)).values():
        if isinstance(each, Counter | Gauge | Histogram):
            yield each


def differences(listed: Sequence[Metric]) -> list[str]:
    """What the list and the code do not agree about."""
    code = {
        name: (KINDS[type(each)], tuple(each._labelnames), exporters) for name, (each, exporters) in declared().items()
    }
    ours = {metric.name: (metric.kind, metric.labels, metric.exported_by) for metric in listed}
    return sorted(name for name in code.keys() | ours.keys() if code.get(name) != ours.get(name))


def is_known_beforehand(metric: Metric) -> bool:
    """`provider` has one value; who caused the end of an attempt depends on the end, so that not every pair exists."""
    few = {"provider", *metric.values}
    return metric.kind is Kind.COUNTER and bool(metric.labels) and few >= set(metric.labels) and "fault" not in few


def test_the_list_is_what_the_code_declares() -> None:
    assert len(declared()) > 40
    assert differences(OURS) == []
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize(
    "planted",
    [
        Metric("webhooks_processed", Kind.COUNTER, ("provider",), (Exporter.PAYMENTS,)),
        Metric("webhooks_processed", Kind.GAUGE, ("provider", "outcome"), (Exporter.PAYMENTS,)),
        Metric("webhooks_processed", Kind.COUNTER, ("provider", "outcome"), (Exporter.BOOKING,)),
        Metric("webhooks_proccessed", Kind.COUNTER, ("provider", "outcome"), (Exporter.PAYMENTS,)),
    ],
)
def test_a_metric_that_is_listed_otherwise_is_caught(planted: Metric) -> None:
    others = [metric for metric in OURS if metric.name != "webhooks_processed"]
    assert differences(others) == ["webhooks_processed"]
    assert "webhooks_processed" in differences([*others, planted])


@pytest.mark.parametrize("collector", [Counter, Gauge, Histogram])
def test_a_scrape_shows_the_names_that_queries_use(collector: type[Collector]) -> None:
    registry = CollectorRegistry()
    collector("planted", "Planted", ("a",), registry=registry).labels("b")
    shown = {line.split("{")[0] for line in generate_latest(registry).decode().splitlines() if line[0] != "#"}
    planted = Metric("planted", KINDS[collector], ("a",), (Exporter.PAYMENTS,))
    assert shown - {"planted_created"} == set(planted.series)


def test_collectors_are_declared_in_modules_called_metrics_alone() -> None:
    files = [path for root in sources() for path in root.rglob("*.py")]
    assert {path.name for path in files if makes_collectors(path.read_text())} == {"metrics.py"}
    assert makes_collectors("from prometheus_client import CONTENT_TYPE_LATEST, Counter")


@pytest.mark.parametrize("metric", [metric for metric in OURS if metric.values], ids=lambda metric: metric.name)
def test_the_values_of_a_label_stand_in_the_code_of_who_exports_it(metric: Metric) -> None:
    assert metric.values.keys() <= set(metric.labels)
    roots = [root for root, exporters in sources().items() if set(exporters) <= set(metric.exported_by)]
    text = "\n".join(path.read_text() for root in roots for path in root.rglob("*.py"))
    missing = [value for few in metric.values.values() for value in few if f'"{value}"' not in text]
    assert missing == []


@pytest.mark.parametrize("metric", [each for each in OURS if is_known_beforehand(each)], ids=lambda metric: metric.name)
def test_a_counter_whose_labels_are_known_beforehand_begins_at_zero(metric: Metric) -> None:
    """An alert sees the first of them as an increase only where there was a zero before."""
    collector, _ = declared()[metric.name]
    wanted = set(product(*(metric.values[label] for label in metric.labels if label in metric.values)))
    samples = [sample.labels for family in collector.collect() for sample in family.samples]
    assert {tuple(labels[label] for label in metric.labels if label in metric.values) for labels in samples} >= wanted


def test_every_threshold_of_a_histogram_is_one_of_its_buckets() -> None:
    used = {
        (name, bound)
        for rule in load()
        for name, bound in re.findall(r'(\w+)_bucket\{[^}]*le="([^"]+)"', rule.expression)
    }
    assert {bound for _, bound in used} == {"0.2", "0.05"}
    for name, bound in used:
        collector, _ = declared()[name]
        assert isinstance(collector, Histogram)
        assert bound in {str(each) for each in collector._upper_bounds}


def test_prometheus_asks_every_process_of_the_local_stack() -> None:
    scraped = yaml.safe_load((HERE / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {
        f"{each['labels']['service']}-{each['labels']['component']}": each["targets"]
        for each in scraped[0]["static_configs"]
    }
    expected = {f"{name}-{part}": [f"127.0.0.1:{BASE[f'{name}-{part}']}"] for name in SERVICES for part in PARTS}
    assert targets == {**expected, "gateway-edge": [f"127.0.0.1:{BASE['gateway-stats']}"]}
    assert scraped[0]["honor_labels"] is True


def test_on_kubernetes_targets_get_the_same_labels() -> None:
    monitors = yaml.safe_load_all((CHECKOUT / "deploy/k8s/components/monitoring/monitors.yaml").read_text())
    spec = next(one["spec"] for one in monitors if one["metadata"]["name"] == "processes")
    for endpoint in spec["podMetricsEndpoints"]:
        assert endpoint["honorLabels"] is True
        assert {"service", "component"} <= {each.get("targetLabel") for each in endpoint["relabelings"]}
    (parts,) = spec["selector"]["matchExpressions"]
    assert set(parts["values"]) == TARGET_LABELS["component"]
