"""How the whole is, part by part, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.domain.platform import Health, ServiceHealth
from analytics.domain.sight import ALERTS, CONNECTIONS, EVENT_LAG, LEDGER, OUTBOX, Sight, Verdict
from analytics.domain.words import Reason, of_blindness, of_promise


class State(StrEnum):
    """`down`: most services do not answer. `unknown` is no pass: somebody has to look."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


_OF_VERDICT: Final = {Verdict.OK: State.OK, Verdict.MISSED: State.DEGRADED, Verdict.UNKNOWN: State.UNKNOWN}
PROMISE_OF: Final = {
    "outbox": OUTBOX,
    "eventLag": EVENT_LAG,
    "ledger": LEDGER,
    "databaseConnections": CONNECTIONS,
    "alerts": ALERTS,
}
"""Which promise a part is made of."""
_WORST_FIRST: Final = (State.DOWN, State.DEGRADED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the whole and why it is so."""

    name: str
    state: State
    reason: Reason


def parts(services: Mapping[str, ServiceHealth], sight: Sight) -> Sequence[Part]:
    """The services as they answer, Prometheus, and what it says of events, ledger and databases."""
    return (_services(services), _prometheus(sight), *(_promised(name, sight) for name in PROMISE_OF))


def overall(found: Sequence[Part]) -> State:
    """As bad as the worst part; what is known to be bad comes before what is not known."""
    states = {part.state for part in found}
    return next((state for state in _WORST_FIRST if state in states), State.OK if states else State.UNKNOWN)


def _services(services: Mapping[str, ServiceHealth]) -> Part:
    down = sorted(name for name, one in services.items() if one.health is Health.DOWN)
    unknown = sorted(name for name, one in services.items() if one.health is Health.UNKNOWN)
    if down:
        state = State.DOWN if 2 * len(down) > len(services) else State.DEGRADED
        return Part("services", state, Reason("services-down", f"No responden: {', '.join(down)}."))
    if unknown:
        text = f"Todavía no se les preguntó: {', '.join(unknown)}."
        return Part("services", State.UNKNOWN, Reason("services-not-asked", text))
    if not services:
        return Part("services", State.UNKNOWN, Reason("nobody-watched", "No se vigila ningún servicio."))
    return Part("services", State.OK, Reason("services-up", "Todos los servicios responden."))


def _prometheus(sight: Sight) -> Part:
    if sight.blind is not None:
        return Part("prometheus", State.UNKNOWN, of_blindness(sight.blind))
    return Part("prometheus", State.OK, Reason("prometheus-answers", "Prometheus responde y tiene nuestras reglas."))


def _promised(name: str, sight: Sight) -> Part:
    promise = sight.promise(PROMISE_OF[name])
    if promise is None:
        blind = Reason("no-figure", "No se sabe: Prometheus no dijo nada de esto.")
        return Part(name, State.UNKNOWN, of_blindness(sight.blind) if sight.blind else blind)
    return Part(name, _OF_VERDICT[promise.verdict], of_promise(promise))
