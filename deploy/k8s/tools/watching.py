"""What Prometheus, Alertmanager, Grafana and the collector are given, once for all cells: written anew at each check.

kustomize reads no file outside its folder, and dashboards follow from the verticals: so all of it is written here, from
deploy/observability.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from observability.boards import boards
from observability.boards.cluster import cluster
from observability.panels import Board
from observability.render import as_json
from observability.rules import HERE, prometheus_rule

_SHARED: Final = "monitoring"


def write_folder(root: Path, into: Path) -> Path:
    """A folder for `kubectl apply -k`: rules, dashboards, what Alertmanager is told, the collector."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    made = (*boards(root / "verticals"), cluster())
    for board in made:
        (into / f"{board.uid}.json").write_text(as_json(board), encoding="utf-8")
    _write(into / "rules.yaml", prometheus_rule())
    shutil.copy(HERE / "alertmanager" / "alertmanager.yml", into / "alertmanager.yaml")
    _write(into / "collector.yml", _collector())
    shutil.copy(root / "deploy" / "k8s" / "watching" / "collector.yaml", into)
    _write(into / "kustomization.yaml", _kustomization(made))
    return into


def _kustomization(made: Sequence[Board]) -> Mapping[str, object]:
    stable = {"disableNameSuffixHash": True}
    grafana = {"labels": {"grafana_dashboard": "1"}}
    # One for each: `kubectl apply` keeps what it applied in an annotation of at most 256 KiB.
    dashboards = [
        # Names of objects have no underscores.
        {"name": board.uid.replace("_", "-"), "files": [f"{board.uid}.json"], "options": stable | grafana}
        for board in made
    ]
    # Its hash is in its name: another configuration makes new pods.
    collector = {"name": "barberpro-collector", "files": ["collector.yml"]}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": _SHARED,
        "labels": [{"pairs": {"app.kubernetes.io/part-of": "barberpro"}}],
        "resources": ["rules.yaml", "collector.yaml"],
        "configMapGenerator": [*dashboards, collector],
        "secretGenerator": [{"name": "alertmanager-barberpro", "files": ["alertmanager.yaml"], "options": stable}],
    }


def _collector() -> Mapping[str, object]:
    """As beside the containers, but for spans alone: on a cluster metrics are Prometheus' own to scrape."""
    told: dict[str, Any] = yaml.safe_load((HERE / "otel" / "collector.yml").read_text())
    del told["receivers"]["prometheus"], told["service"]["pipelines"]["metrics"]
    return told


def _write(path: Path, told: Mapping[str, object]) -> None:
    path.write_text(yaml.safe_dump(told, sort_keys=False, width=120), encoding="utf-8")
