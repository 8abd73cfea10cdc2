"""Which metrics there are, by the code that declares them, and which an expression names."""

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from contracts.registry import FACTS
from localstack.layout import CHECKOUT

# Prometheus writes these over a metric's own, which it then calls exported_job.
_OF_TARGETS: Final = frozenset({"job", "instance"})
# What Prometheus itself adds, and what HAProxy tells of the gateway.
FOREIGN: Final[Mapping[str, frozenset[str]]] = {
    "up": frozenset(),
    "haproxy_frontend_http_responses_total": frozenset({"proxy", "code"}),
    "haproxy_frontend_current_sessions": frozenset({"proxy"}),
    "haproxy_backend_active_servers": frozenset({"proxy"}),
}
_SUFFIXES: Final = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR: Final = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_MATCHER: Final = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
_IDENTIFIER: Final = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()")
_WORDS: Final = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring"})


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric as an expression asks for it, with the matchers it gives."""

    metric: str
    matchers: tuple[tuple[str, str], ...]


@cache
def declared() -> Mapping[str, frozenset[str]]:
    """Sample name -> its labels: of every `metrics.py`, of each process, of the gateway, of Prometheus."""
    found: dict[str, frozenset[str]] = {}
    for path in _modules():
        for value in vars(importlib.import_module(path)).values():
            if isinstance(value, Counter | Gauge | Histogram):
                found |= _samples(value)
    process = {sample.name: frozenset(sample.labels) for family in REGISTRY.collect() for sample in family.samples}
    own = {name: labels for name, labels in process.items() if name.startswith(("process_", "python_"))}
    return {name: _scraped(labels) for name, labels in {**found, **own, **FOREIGN}.items()}


def _scraped(labels: frozenset[str]) -> frozenset[str]:
    return frozenset(f"exported_{label}" if label in _OF_TARGETS else label for label in labels) | _OF_TARGETS


def _modules() -> list[str]:
    sources = sorted(source for pattern in ("libs/*/src", "services/*/src") for source in CHECKOUT.glob(pattern))
    files = [(source, file) for source in sources for file in sorted(source.rglob("metrics.py"))]
    return [_dotted(file.relative_to(source)) for source, file in files]


def _dotted(file: Path) -> str:
    return ".".join(file.with_suffix("").parts)


def _samples(metric: Counter | Gauge | Histogram) -> dict[str, frozenset[str]]:
    family = next(iter(metric.describe()))
    labels = frozenset(metric._labelnames)  # noqa: SLF001 - the library tells them nowhere else
    suffixes = _SUFFIXES[family.type]
    return {family.name + suffix: labels | ({"le"} if suffix == "_bucket" else set()) for suffix in suffixes}


def selectors(expr: str) -> list[Selector]:
    """Every metric an expression names."""
    found = [Selector(name, tuple(_MATCHER.findall(matchers))) for name, matchers in _SELECTOR.findall(expr)]
    plain = re.sub(r"\[[^\]]*\]|\"[^\"]*\"", " ", _GROUPING.sub(" ", _SELECTOR.sub(" ", expr)))
    return found + [Selector(name, ()) for name in _IDENTIFIER.findall(plain) if name not in _WORDS]


def faults(expr: str) -> list[str]:
    """What an expression asks for that no program tells: a metric, a label, a topic."""
    known, found = declared(), []
    asked = selectors(expr)
    for selector in asked:
        if selector.metric not in known:
            found.append(f"no program tells {selector.metric}")
            continue
        for label, value in selector.matchers:
            if label not in known[selector.metric]:
                found.append(f"{selector.metric} has no label {label}")
            if label == "topic" and selector.metric.startswith("event"):
                found += [f"no fact is called {topic}" for topic in value.split("|") if topic not in FACTS]
    return found + _unknown_groups(expr, [known.get(selector.metric, frozenset()) for selector in asked])


def _unknown_groups(expr: str, labels: Iterable[frozenset[str]]) -> list[str]:
    known: frozenset[str] = frozenset().union(*labels)
    grouped = [name.strip() for names in _GROUPING.findall(expr) for name in names.split(",") if name.strip()]
    return [f"nothing in it has a label {name}" for name in grouped if name not in known]
