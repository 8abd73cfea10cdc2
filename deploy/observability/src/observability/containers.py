"""What Prometheus and the collector in containers are told: `prometheus/prometheus.yml`, by the containers' names."""

from pathlib import Path
from typing import Any, Final

import yaml

from localstack.layout import CHECKOUT
from observability.observe.prometheus import WRITTEN, targets_of

HOME: Final = CHECKOUT / ".local" / "compose" / "observability"
INSIDE: Final = {"api": 8000, "worker": 8001, "edge": 8404}


def prometheus() -> dict[str, Any]:
    """The whole; its rules are mounted beside it, where the written one has them."""
    told: dict[str, Any] = yaml.safe_load(WRITTEN.read_text())
    for config in told["alerting"]["alertmanagers"]:
        config["static_configs"] = [{"targets": ["alertmanager:9093"]}]
    told["scrape_configs"] = _scraped(told)
    return told


def collector() -> dict[str, Any]:
    """The part that the collector's receiver knows: when and whom to ask."""
    told = prometheus()
    return {"global": {"scrape_interval": told["global"]["scrape_interval"]}, "scrape_configs": told["scrape_configs"]}


def write(folder: Path) -> None:
    """Both files, for docker-compose.yml to mount."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, told in (("prometheus.yml", prometheus()), ("scrape.yml", collector())):
        (folder / name).write_text(yaml.safe_dump(told, sort_keys=False))


def _scraped(told: dict[str, Any]) -> list[dict[str, Any]]:
    names = iter(targets_of(told))
    for config in told["scrape_configs"]:
        for one in config["static_configs"]:
            host, component = next(names).removesuffix("-edge"), one["labels"]["component"]
            one["targets"] = [f"{host}:{INSIDE[component]}"]
    scraped: list[dict[str, Any]] = told["scrape_configs"]
    return scraped
