"""Whether the platform may be launched: every promise kept, every service up. What is not known is not ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.domain.platform import ServiceHealth
from analytics.domain.sight import Promise, Sight, Verdict
from analytics.domain.state import PROMISE_OF, Part, State, parts
from analytics.domain.words import Reason, of_promise, of_unread

_OF_STATE: Final = {
    State.OK: Verdict.OK,
    State.DEGRADED: Verdict.MISSED,
    State.DOWN: Verdict.MISSED,
    State.UNKNOWN: Verdict.UNKNOWN,
}
_TITLES: Final = {
    "services": "Servicios que responden",
    "prometheus": "Prometheus con nuestras reglas",
    "outbox": "Eventos sin enviar",
    "eventLag": "Demora en aplicar los eventos",
    "ledger": "Diferencia del libro contable",
    "databaseConnections": "Conexiones directas a las bases de datos",
    "alerts": "Alertas que están sonando",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of a launch; `promise` where it is one with figures."""

    key: str
    title: str
    verdict: Verdict
    reason: Reason
    promise: Promise | None = None


def criteria(services: Mapping[str, ServiceHealth], sight: Sight) -> Sequence[Criterion]:
    """What is asked here, each promise that Prometheus knows of, and those it should know of and did not tell."""
    here = [
        Criterion(part.name, _TITLES[part.name], _OF_STATE[part.state], part.reason)
        for part in parts(services, sight)
        if part.name not in PROMISE_OF or _untold(part, sight)
    ]
    promised = [Criterion(one.key, one.title, one.verdict, of_promise(one), one) for one in sight.promises]
    unread = [Criterion(key, key, Verdict.UNKNOWN, of_unread()) for key in sight.unread]
    return (*here, *promised, *unread)


def ready(found: Sequence[Criterion]) -> bool:
    """Only when everything is known and good."""
    return bool(found) and all(one.verdict is Verdict.OK for one in found)


def _untold(part: Part, sight: Sight) -> bool:
    """Whether Prometheus sees and says nothing of it; of one that sees nothing its own criterion tells."""
    key = PROMISE_OF[part.name]
    return sight.blind is None and sight.promise(key) is None and key not in sight.unread
