"""Where what is, and what the base says."""

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[3]
K8S: Final = Path("deploy") / "k8s"
SERVICES: Final = tuple(sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml")))

Object = dict[str, Any]


def objects(text: str) -> list[Object]:
    """The manifests of a rendered overlay, or of a file."""
    return [one for one in yaml.safe_load_all(text) if one]


@cache
def platform() -> dict[str, str]:
    """What the base tells every service."""
    said = yaml.safe_load((ROOT / K8S / "base" / "kustomization.yaml").read_text())
    (generated,) = (one for one in said["configMapGenerator"] if one["name"] == "platform")
    return dict(line.split("=", 1) for line in generated["literals"])


@cache
def topics_read(service: str) -> tuple[str, ...]:
    """The topics a service subscribes to, as its composition root says."""
    subscriptions = importlib.import_module(f"{service}.app").SERVICE.subscriptions
    return tuple(sorted(fact.topic for line in subscriptions for fact in line.facts))


def pods(manifests: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Each workload of ours with the specification of its pods."""
    for one in manifests:
        if one["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
            yield one, one["spec"]["template"]["spec"]
        if one["kind"] == "CronJob":
            yield one, one["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def containers(pod: Object) -> list[Object]:
    """Those that start before the others first."""
    return [*pod.get("initContainers", ()), *pod["containers"]]


def name_of(one: Object) -> str:
    """As messages call it."""
    return f"{one['kind']}/{one['metadata']['name']}"
