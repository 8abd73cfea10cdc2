"""The recording rules of the objectives, as `prometheus/rules/slo.yml` and `objectives.yml` hold them.

For each objective all events and bad events a second over 5 minutes, by service; the windows, and the alerts over them,
are the same for all. A window sums its samples, so that three days cost no scan of three days of every series. A
missing "bad" series is no bad event; "all" is never made up.

`objectives.yml` says each promise in one form, so that whoever asks for all of them needs no figure of its own: its
target, its value over the last day (a level's: now), how many events there were and how many a judgement needs.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from observability.objectives import OBJECTIVES, PROMISES, Counted, Level, Objective, Ready

INTERVAL_SECONDS: Final = 30
_RATE: Final = "5m"
_COUNTED: Final = ("1h", "6h", "1d", "3d")
_JUDGED: Final = ("30m", "1h", "2h", "6h", "1d", "3d")
_HEAD: Final = "# Written by `make observability-generate` from objectives.py; what is changed here is lost.\n"
# Each of analytics' processes asks; a service is up when one of them says so.
_UP: Final = 'max by (namespace, service) (label_replace(analytics_service_up, "service", "$1", "target", "(.+)"))'

Rule = Mapping[str, Any]


def files() -> Mapping[str, str]:
    """Each file's name and text."""
    return {"slo.yml": _as_yaml("slo", _rules()), "objectives.yml": _as_yaml("objectives", _promises())}


def _as_yaml(name: str, rules: Iterator[Rule]) -> str:
    group = {"name": name, "interval": f"{INTERVAL_SECONDS}s", "rules": list(rules)}
    return _HEAD + yaml.safe_dump({"groups": [group]}, sort_keys=False, width=120, allow_unicode=True)


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


def _promises() -> Iterator[Rule]:
    for one in PROMISES:
        yield from _level(one) if isinstance(one, Level) else _promise(one)


def _promise(one: Objective) -> Iterator[Rule]:
    everything, value = _of_a_day(one)
    must = "above" if one.above else "at-least"
    yield _told("target", one, f"vector({one.least:g})", kind="share", unit="ratio", must=must, title=one.title)
    yield _told("value", one, value)
    yield _told("events", one, everything)
    yield _told("minimum", one, f"vector({one.minimum})")


def _level(one: Level) -> Iterator[Rule]:
    yield _told("target", one, f"vector({one.most:g})", kind="level", unit=one.unit, must="at-most", title=one.title)
    yield _told("value", one, one.expr)


def _told(what: str, one: Objective | Level, expr: str, **more: str) -> Rule:
    return {"record": f"objective:{what}", "labels": {"objective": one.key, **more}, "expr": expr}


def _of_a_day(one: Objective) -> tuple[str, str]:
    """How many events, and the good part of them: from the day's sums where there are some."""
    if isinstance(one.of, Counted) and one.slo is None:
        return f"sum(increase({one.of.everything}[1d]))", one.of.share("1d")
    everything, ratio = (f'slo:{which}1d{{slo="{one.slo}"}}' for which in ("all:increase", "bad:ratio"))
    bad = f"max({ratio})" if isinstance(one.of, Ready) else f"sum({ratio} * {everything}) / sum({everything})"
    return f"sum({everything})", f"1 - {bad}"
