"""Whether the platform may be launched: every promise kept, every service up. What is not known is not ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.domain.platform import ServiceHealth
from analytics.domain.sight import Promise, Sight, Verdict
from analytics.domain.state import State, parts
from analytics.domain.words import Reason, of_promise

_OF_STATE: Final = {
    State.OK: Verdict.OK,
    State.DEGRADED: Verdict.MISSED,
    State.DOWN: Verdict.MISSED,
    State.UNKNOWN: Verdict.UNKNOWN,
}
_ASKED_HERE: Final = {"services": "Servicios que responden", "prometheus": "Prometheus con nuestras reglas"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of a launch; `promise` where it is one with figures."""

    key: str
    title: str
    verdict: Verdict
    reason: Reason
    promise: Promise | None = None


def criteria(services: Mapping[str, ServiceHealth], sight: Sight) -> Sequence[Criterion]:
    """What is asked here, and each promise that Prometheus knows of."""
    here = [
        Criterion(part.name, _ASKED_HERE[part.name], _OF_STATE[part.state], part.reason)
        for part in parts(services, sight)
        if part.name in _ASKED_HERE
    ]
    promised = [Criterion(one.key, one.title, one.verdict, of_promise(one), one) for one in sight.promises]
    return (*here, *promised)


def ready(found: Sequence[Criterion]) -> bool:
    """Only when everything is known and good."""
    return bool(found) and all(one.verdict is Verdict.OK for one in found)
