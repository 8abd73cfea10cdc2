"""The recording rules of the objectives, as `prometheus/rules/slo.yml` holds them.

For each objective all events and bad events a second over 5 minutes, by service; the windows, and the alerts over them,
are the same for all. A window sums its samples, so that three days cost no scan of three days of every series. A
missing "bad" series is no bad event; "all" is never made up.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from observability.objectives import OBJECTIVES, Objective

INTERVAL_SECONDS: Final = 30
_RATE: Final = "5m"
_COUNTED: Final = ("1h", "6h", "1d", "3d")
_JUDGED: Final = ("30m", "1h", "2h", "6h", "1d", "3d")
_HEAD: Final = "# Written by `make observability-generate` from objectives.py; what is changed here is lost.\n"
# Each of analytics' processes asks; a service is up when one of them says so.
_UP: Final = 'max by (service) (label_replace(analytics_service_up, "service", "$1", "target", "(.+)"))'

Rule = Mapping[str, Any]


def as_yaml() -> str:
    """The file."""
    group = {"name": "slo", "interval": f"{INTERVAL_SECONDS}s", "rules": list(_rules())}
    return _HEAD + yaml.safe_dump({"groups": [group]}, sort_keys=False, width=120)


def _rules() -> Iterator[Rule]:
    yield {"record": "service:up:max", "expr": _UP}
    for one in OBJECTIVES:
        if one.slo is not None:
            yield from _of(one, one.slo)
    for window in _COUNTED:
        yield {"record": f"slo:all:increase{window}", "expr": f"{INTERVAL_SECONDS} * {_sum('all', window)}"}
    everything = f"slo:all:rate{_RATE}"
    bad = f"(slo:bad:rate{_RATE} or 0 * {everything}) / ({everything} > 0)"
    yield {"record": f"slo:bad:ratio{_RATE}", "expr": bad}
    for window in _JUDGED:
        everything = _sum("all", window)
        bad = f"({_sum('bad', window)} or 0 * {everything}) / ({everything} > 0)"
        yield {"record": f"slo:bad:ratio{window}", "expr": bad}


def _of(one: Objective, slo: str) -> Iterator[Rule]:
    figures = {
        f"slo:all:rate{_RATE}": one.of.all_rate(_RATE),
        f"slo:bad:rate{_RATE}": one.of.bad_rate(_RATE),
        "slo:budget:ratio": f"vector({one.budget:g})",
        "slo:minimum:events": f"vector({one.minimum})",
    }
    for name, expr in figures.items():
        yield {"record": name, "labels": {"slo": slo}, "expr": expr}


def _sum(which: str, window: str) -> str:
    return f"sum_over_time(slo:{which}:rate{_RATE}[{window}])"
