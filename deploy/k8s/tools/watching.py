"""What Prometheus, Alertmanager and Grafana are given, once for all cells: written anew at each check.

kustomize reads no file outside its folder, and dashboards follow from the verticals: so all of it is written here, from
deploy/observability.
"""

import shutil
from pathlib import Path
from typing import Final

import yaml

from observability.boards import boards
from observability.boards.cluster import cluster
from observability.render import as_json
from observability.rules import HERE, prometheus_rule

_SHARED: Final = "monitoring"


def write_folder(root: Path, into: Path) -> Path:
    """A folder for `kubectl apply -k`: the rules, a ConfigMap for each dashboard, Alertmanager's configuration."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    made = (*boards(root / "verticals"), cluster())
    for board in made:
        (into / f"{board.uid}.json").write_text(as_json(board), encoding="utf-8")
    (into / "rules.yaml").write_text(yaml.safe_dump(prometheus_rule(), sort_keys=False, width=120), encoding="utf-8")
    shutil.copy(HERE / "alertmanager" / "alertmanager.yml", into / "alertmanager.yaml")
    stable = {"disableNameSuffixHash": True}
    grafana = {"labels": {"grafana_dashboard": "1"}}
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": _SHARED,
        "labels": [{"pairs": {"app.kubernetes.io/part-of": "barberpro"}}],
        "resources": ["rules.yaml"],
        # One for each: `kubectl apply` keeps what it applied in an annotation of at most 256 KiB.
        "configMapGenerator": [
            # Names of objects have no underscores.
            {"name": board.uid.replace("_", "-"), "files": [f"{board.uid}.json"], "options": stable | grafana}
            for board in made
        ],
        "secretGenerator": [
            {"name": "alertmanager-barberpro", "files": ["alertmanager.yaml"], "options": dict(stable)}
        ],
    }
    (into / "kustomization.yaml").write_text(yaml.safe_dump(kustomization, sort_keys=False), encoding="utf-8")
    return into
