"""Every fault that is injected, by name. The names before the colon are the rows of the plan: README.md."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.faults import disk, frozen, injected, overload, partition, power, rolling
from tests.faults.proxy import Weather
from tests.faults.strike import Block

from contracts.registry import TOPICS
from localstack.layout import CHECKOUT
from localstack.programs import PROGRAMS, SERVICES, Kind
from localstack.verify.readers import topics_of


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds`: how long it lasts under load. `heals_itself`: recovery counts from its beginning, else from its end.

    `seamless`: not one request may end badly. `recovery`: how many seconds later all must be well again.
    `asks`: a service that must have been asked meanwhile, or nobody could notice. `impossible`: says why a machine
    cannot have it.
    """

    name: str
    block: Block
    seconds: float = 8.0
    heals_itself: bool = False
    seamless: bool = False
    recovery: float = 60.0
    asks: str | None = None
    impossible: Callable[[], str | None] = lambda: None


_AWAY_SECONDS: Final = 60.0
# Longer than what gives up a silent server: PostgreSQL's commands 10 s, a relay's 30 s; Kafka's requests 10 s, a send
# 20 s, a stall 60 s; MercadoPago 10 s, all calls for a page 20 s, the lease on a webhook 45 s.
_SILENCES: Final = {"postgres": 45.0, "kafka": 70.0, "sandbox": 50.0}
_WRITERS: Final = [service for service in SERVICES if any(topic.owner == service for topic in TOPICS)]
_READERS: Final = [service for service in SERVICES if topics_of(service, "barber", ("barber",))]
# Who passes a point only for what the load does not do: preferences are told to nobody, these workers have no job that
# publishes, and of what providers reads (erased accounts) nothing comes.
_NEVER_THERE: Final = {
    "after-commit": {"notifications-api", "identity-worker", "providers-worker", "analytics-worker"},
    "before-offset": {"providers-worker"},
}
_POINTS: Final = {
    "after-commit": [f"{service}-{kind}" for kind in ("api", "worker") for service in _WRITERS],
    "after-send": [f"{service}-worker" for service in _WRITERS],
    "before-cursor": [f"{service}-worker" for service in _WRITERS],
    "before-offset": [f"{service}-worker" for service in _READERS],
}


def _all() -> Iterator[Fault]:
    for program in PROGRAMS:
        asks = program.service if program.kind is Kind.API else None
        yield Fault(f"kill:{program.name}", injected.killed(program.name), heals_itself=True, asks=asks)
        yield Fault(f"freeze:{program.name}", frozen.frozen(program.name), asks=asks)
    yield Fault("down:kafka", injected.down("kafka"), _AWAY_SECONDS)
    yield Fault("down:postgres", injected.down("postgres"), _AWAY_SECONDS)
    for point, programs in _POINTS.items():
        for name in (one for one in programs if one not in _NEVER_THERE.get(point, ())):
            yield Fault(f"{point}:{name}", injected.dying_at(point, name), heals_itself=True)
    for way in ("postgres", "kafka", "sandbox"):
        yield Fault(f"slow:{way}", injected.weather(way, latency=0.15))
        for kind in (Weather.BLACK_HOLE, Weather.HALF_OPEN):
            yield Fault(f"{kind.replace(' ', '-')}:{way}", injected.weather(way, kind), _SILENCES[way])
        yield Fault(f"resetting:{way}", injected.weather(way, Weather.RESETTING))
    yield from _outside()
    yield Fault("ahead:booking", injected.skewed("booking", timedelta(minutes=2)))
    yield Fault("ahead:payments", injected.skewed("payments", timedelta(minutes=2)))
    yield Fault("poison:events", injected.poisoned, heals_itself=True)
    yield Fault("storm:rebalance", injected.stormy("booking.barber"), 12.0)
    yield Fault("full-disk:postgres", disk.full, 12.0, impossible=lambda: power.why_impossible(CHECKOUT / ".local"))
    for name in ("booking-worker", "payments-worker"):
        yield Fault(f"partition:{name}", partition.cut_off(name), 30.0, impossible=partition.impossible)
        yield Fault(f"takeover:{name}", partition.replaced(name), 3.0, impossible=partition.impossible)
    for service in SERVICES:
        yield Fault(f"rolling:{service}", rolling.rolled(service), 3.0, seamless=True, asks=service)
    yield Fault("rolling:gateway", rolling.gateway_reloaded, 3.0, seamless=True)
    yield Fault("overload:bookings", overload.overloaded, 0.0, recovery=10.0)


def _outside() -> Iterator[Fault]:
    yield Fault("webhooks:twenty-fold", injected.outside(duplicate=20, reorder=True, webhook_before_response=True))
    yield Fault("webhooks:late", injected.outside(delay_ms=15_000, reorder=True))
    yield Fault("webhooks:lost", injected.outside(drop=1.0))
    yield Fault("webhooks:forged", injected.outside(forged="both"))
    yield Fault("mercadopago:errors", injected.outside(error_rate=0.5))
    yield Fault("mercadopago:html", injected.outside(error_rate=0.5, error_kind="html"))
    yield Fault("mercadopago:429", injected.outside(error_rate=0.5, error_kind="429"))
    yield Fault("mercadopago:accepts-and-drops", injected.outside(timeout_after_accept=0.5, hold_seconds=20))
    yield Fault("whatsapp:errors", injected.outside(whatsapp_error_rate=0.5))
    yield Fault("whatsapp:accepts-and-drops", injected.outside(whatsapp_timeout_after_accept=0.5, hold_seconds=20))


FAULTS: Final[dict[str, Fault]] = {fault.name: fault for fault in _all()}
