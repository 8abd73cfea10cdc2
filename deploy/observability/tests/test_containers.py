"""What Prometheus and the collector in containers are told, held against docker-compose.yml."""

from pathlib import Path
from typing import Any

import yaml

from localstack.layout import CHECKOUT
from observability import containers
from observability.observe.prometheus import WRITTEN

OTEL = CHECKOUT / "deploy" / "observability" / "otel" / "collector.yml"


def asked(told: dict[str, Any]) -> list[str]:
    return [
        target for config in told["scrape_configs"] for one in config["static_configs"] for target in one["targets"]
    ]


def test_every_program_with_metrics_is_asked_under_its_name() -> None:
    services = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    named = [
        f"{name}:{8000 if name.endswith('-api') else 8001}" for name in services if name.endswith(("-api", "-worker"))
    ]
    assert sorted(asked(containers.prometheus())) == sorted([*named, "gateway:8404"])


def test_labels_and_rules_are_those_of_the_local_stack() -> None:
    written, told = yaml.safe_load(WRITTEN.read_text()), containers.prometheus()
    assert told["rule_files"] == written["rule_files"]
    labels = [[one["labels"] for one in config["static_configs"]] for config in told["scrape_configs"]]
    assert labels == [[one["labels"] for one in config["static_configs"]] for config in written["scrape_configs"]]


def test_the_collector_is_told_the_same_targets_and_nothing_its_receiver_refuses(tmp_path: Path) -> None:
    containers.write(tmp_path)
    told = yaml.safe_load((tmp_path / "scrape.yml").read_text())
    assert asked(told) == asked(yaml.safe_load((tmp_path / "prometheus.yml").read_text()))
    assert told.keys() == {"global", "scrape_configs"}


def test_the_collector_holds_its_memory_drops_what_it_does_not_know_and_batches_last() -> None:
    told = yaml.safe_load(OTEL.read_text())
    spans, figures = told["service"]["pipelines"]["traces"], told["service"]["pipelines"]["metrics"]
    assert (spans["processors"][0], spans["processors"][1], spans["processors"][-1]) == (
        "memory_limiter",
        "redaction/spans",
        "batch",
    )
    assert figures["processors"] == ["memory_limiter", "batch"]
    assert told["processors"]["redaction/spans"]["allow_all_keys"] is False
