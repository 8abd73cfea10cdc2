"""How many pods a service needs, and why: by what it has to do now and what is predicted for the hour to come.

pods = requests a second / (what one pod was measured to bear x 0.55): the rest is for what comes before new pods are
ready. A burst may use the pods whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from analytics.domain.sight import CONNECTIONS, EVENT_LAG, RESPONSE_P95, Load, Sight
from analytics.domain.words import Reason, number

SHARE_USED: Final = 0.55
GUESSED: Final = 40 / SHARE_USED
"""Requests a second that one pod is taken to bear where nobody measured: KEDA scales the APIs at 40 a pod by it."""
LEAST_PODS: Final = 2
"""One may go at any time."""
NEAR: Final = 0.75
"""Of a limit: 150 of 200 ms is where the product's targets warn."""
BURST, LARGE_BURST = 5, 10


@dataclass(frozen=True, slots=True)
class Recommendation:
    """For one service; None is not known. `headroom`: how many times the present or predicted load its pods bear."""

    service: str
    load: Load
    pod_requests: float
    measured: bool
    pods: int | None
    pods_for_burst: int | None
    pods_for_large_burst: int | None
    headroom: float | None
    reasons: Sequence[Reason]


def recommend(services: Sequence[str], sight: Sight, measured: Mapping[str, float]) -> Sequence[Recommendation]:
    """One for each service; `measured`: requests a second that one pod of it bore."""
    return [_of_service(name, sight, measured.get(name)) for name in sorted({*services, *sight.loads})]


def warnings(sight: Sight) -> Sequence[Reason]:
    """What is near its limit for the whole and no number of pods mends."""
    promise = sight.promise(CONNECTIONS)
    if promise is None or promise.value is None:
        return (Reason("connections-unknown", "No se sabe cuántas conexiones a las bases de datos hay abiertas."),)
    if promise.value < NEAR * promise.target:
        return ()
    used = f"Hay {number(promise.value)} conexiones abiertas y el máximo es {number(promise.target)}"
    return (Reason("connections-near-limit", f"{used}: usá los poolers o achicá los pools antes de agregar pods."),)


def _of_service(service: str, sight: Sight, measured: float | None) -> Recommendation:
    load, bears = sight.load(service), measured or GUESSED
    known = [requests for requests in (load.requests, load.predicted) if requests is not None]
    peak = max(known) if known and load.requests is not None else None
    pods = None if peak is None else max(LEAST_PODS, ceil(peak / (bears * SHARE_USED)))
    headroom = None if not peak or load.pods is None else round(load.pods * bears / peak, 1)
    burst, large = (None if peak is None else max(LEAST_PODS, ceil(n * peak / bears)) for n in (BURST, LARGE_BURST))
    reasons = [
        *_by_rate(load, pods),
        *_by_burst(headroom, burst, large),
        *_by_limits(load, sight),
        *(() if measured else _UNMEASURED),
    ]
    enough = [Reason("enough", "Los pods que tiene alcanzan.")]
    return Recommendation(service, load, bears, measured is not None, pods, burst, large, headroom, reasons or enough)


_UNMEASURED: Final = (
    Reason("unmeasured", "Lo que aguanta un pod de este servicio no está medido: el cálculo usa una estimación."),
)


def _by_rate(load: Load, pods: int | None) -> Sequence[Reason]:
    if pods is None or load.requests is None:
        return (Reason("no-figures", "No se sabe cuántos pedidos atiende: no se puede calcular."),)
    if load.pods is None:
        return (Reason("pods-unknown", f"No se sabe cuántos pods tiene; necesita {pods}."),)
    if pods <= load.pods:
        return ()
    if load.predicted is not None and load.predicted > load.requests:
        text = f"Para la próxima hora se esperan {number(load.predicted, 1)} pedidos/s"
        return (Reason("more-pods-predicted", f"{text}: llevá los pods de {load.pods} a {pods}."),)
    text = f"Atiende {number(load.requests, 1)} pedidos/s"
    return (Reason("more-pods-now", f"{text}: llevá los pods de {load.pods} a {pods}."),)


def _by_burst(headroom: float | None, burst: int | None, large: int | None) -> Sequence[Reason]:
    if headroom is None or headroom >= LARGE_BURST:
        return ()
    bears = f"Los pods que tiene aguantan {number(headroom, 1)} veces la carga"
    if headroom < BURST:
        return (Reason("burst-5x", f"{bears}: para una ráfaga de 5x hacen falta {burst}, y para una de 10x {large}."),)
    return (Reason("burst-10x", f"{bears}: una ráfaga de 10x necesita {large} en menos de dos minutos."),)


def _by_limits(load: Load, sight: Sight) -> Sequence[Reason]:
    found = []
    p95, lag = sight.promise(RESPONSE_P95), sight.promise(EVENT_LAG)
    if p95 is not None and load.p95 is not None and 1000 * load.p95 >= NEAR * p95.target:
        text = f"Su percentil 95 es de {number(1000 * load.p95)} ms y el límite es de {number(p95.target)} ms"
        found.append(Reason("p95-near-limit", f"{text}: agregá pods o mirá sus consultas."))
    if lag is not None and load.lag is not None and load.lag >= NEAR * lag.target:
        text = f"Aplica los eventos con {number(load.lag, 1)} s de demora y el límite es de {number(lag.target)} s"
        found.append(Reason("lag-near-limit", f"{text}: agregá workers, hasta uno por partición."))
    return found
