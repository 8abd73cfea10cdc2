"""The product's objectives with their figures, once: the recording rules, the panels and the table of `observe` are
made of them."""

from dataclasses import dataclass
from typing import Final

from observability.facts import APPOINTMENT_ENDS, facts
from observability.panels import WINDOW, Panel, Unit, number
from observability.rules import WATCHDOG, ours

# A live feed lasts as long as somebody looks at it.
REQUESTS: Final = 'route!="/api/v1/analytics/stream"'
# A worker's transactions hold up to 500 events and have no client waiting.
TRANSACTIONS: Final = 'component="api"'


@dataclass(frozen=True, slots=True)
class Counted:
    """Events by counters: all of them, and the good or the bad ones, as selectors."""

    everything: str
    good: str | None = None
    bad: str | None = None

    def all_rate(self, window: str, by: str = "namespace, service") -> str:
        """All events a second."""
        return _summed(f"rate({self.everything}[{window}])", by)

    def bad_rate(self, window: str, by: str = "namespace, service") -> str:
        """The bad ones a second; nothing where none was ever counted."""
        if self.bad is not None:
            return _summed(f"rate({self.bad}[{window}])", by)
        return f"{self.all_rate(window, by)} - {_summed(f'rate({self.good}[{window}])', by)}"

    def share(self, window: str = WINDOW) -> str:
        """The good part of all services' events: not a number where nothing happened, which is a gap and no fall."""
        everything = self.all_rate(window, "")
        if self.good is not None:
            return f"({_summed(f'rate({self.good}[{window}])', '')} or 0 * {everything}) / {everything}"
        return f"1 - ({self.bad_rate(window, '')} or 0 * {everything}) / {everything}"

    def questions(self) -> tuple[str, str]:
        """All, and what of it is good or bad, since each program's start."""
        return f"sum({self.everything})", f"sum({self.good or self.bad})"

    def good_part(self, everything: float, part: float) -> float:
        """Of the answers to both."""
        return part / everything if self.good is not None else 1 - part / everything


@dataclass(frozen=True, slots=True)
class Ready:
    """Seconds in which each service was ready, as one of those who ask it says."""

    series: str

    def all_rate(self, _window: str) -> str:
        """Events are seconds."""
        return f"0 * {self.series} + 1"

    def bad_rate(self, window: str) -> str:
        """The part of each second that it was not."""
        return f"1 - avg_over_time({self.series}[{window}])"

    def share(self, window: str = WINDOW) -> str:
        """Of the service that was ready least."""
        return f"min(avg_over_time({self.series}[{window}]))"

    def questions(self) -> tuple[str, str]:
        """Samples of the last minutes, and the good part of the worst service's: a gauge has no past of its own."""
        return f"sum(count_over_time({self.series}[5m]))", self.share("5m")

    def good_part(self, _everything: float, part: float) -> float:
        """Is what was asked for."""
        return part


@dataclass(frozen=True, slots=True)
class Objective:
    """`least`: the part that must be good; `above`: that itself is too little.

    `slo`: its name in rules, None where a budget of its size cannot burn; `minimum`: how many events a judgement needs;
    `title`: what operators read.
    """

    name: str
    least: float
    of: Counted | Ready
    slo: str | None = None
    minimum: int = 50
    above: bool = True
    title: str = ""

    @property
    def key(self) -> str:
        """What programs call it."""
        return self.slo or _slug(self.name)

    @property
    def budget(self) -> float:
        """The part that may be bad."""
        return round(1 - self.least, 6)

    @property
    def shown(self) -> str:
        """The target for a reader."""
        return f"{'>' if self.above else '>='} {self.least * 100:g} %"


@dataclass(frozen=True, slots=True)
class Level:
    """A figure that must not pass `most`; `title`: what operators read."""

    name: str
    most: float
    expr: str
    unit: str
    title: str = ""

    @property
    def key(self) -> str:
        """What programs call it."""
        return _slug(self.name)

    @property
    def shown(self) -> str:
        """The target for a reader."""
        return f"<= {self.most:g} {self.unit}"


def completed(vertical: str | None = None) -> Objective:
    """Appointments that were attended, of one vertical or of all."""
    of = Counted(facts(APPOINTMENT_ENDS, vertical), facts("booking.completed", vertical))
    return Objective("Appointments attended", 0.80, of, title="Turnos a los que el cliente vino")


def _sent(name: str, title: str, channel: str, least: float) -> Objective:
    selector = f'notifications_deliveries_total{{channel="{channel}", outcome'
    of = Counted(f'{selector}=~"sent|failed"}}', bad=f'{selector}="failed"}}')
    return Objective(name, least, of, f"{channel}-delivery", title=title)


def _fast(name: str, title: str, slo: str, histogram: str, only: str, seconds: str) -> Objective:
    of = Counted(f"{histogram}_count{{{only}}}", good=f'{histogram}_bucket{{{only}, le="{seconds}"}}')
    return Objective(name, 0.95, of, slo, 100, above=False, title=title)


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _summed(expr: str, by: str) -> str:
    return f"sum by ({by}) ({expr})" if by else f"sum({expr})"


REQUESTS_ANSWERED: Final = Objective(
    "Requests without server error",
    0.999,
    Counted("http_requests_total", bad='http_requests_total{status=~"5.."}'),
    "errors",
    1000,
    title="Pedidos sin error del servidor",
)
REQUESTS_FAST: Final = _fast(
    "Requests under 200 ms",
    "Pedidos respondidos en 200 ms",
    "latency",
    "http_request_duration_seconds",
    REQUESTS,
    "0.2",
)
TRANSACTIONS_FAST: Final = _fast(
    "Transactions under 50 ms",
    "Transacciones hechas en 50 ms",
    "database-latency",
    "db_client_operation_duration_seconds",
    TRANSACTIONS,
    "0.05",
)
# What was called off is neither, and what the payer's bank declines is not our failure.
_DECIDED: Final = 'payments_attempts_total{outcome!="cancelled", fault'
PAYMENTS_MADE: Final = Objective(
    "Payments not lost by our side",
    0.99,
    Counted(f'{_DECIDED}!="payer"}}', bad=f'{_DECIDED}=~"provider|ours"}}'),
    "payments",
    title="Pagos que no se perdieron de nuestro lado",
)
WEBHOOKS_DONE: Final = Objective(
    "Webhooks to a good end",
    0.99,
    Counted("webhooks_processed_total", bad='webhooks_processed_total{outcome!="ok"}'),
    "webhooks",
    title="Avisos de MercadoPago procesados",
)
# Whether what the mail server or WhatsApp took arrives nobody tells us. WhatsApp is what the product has for SMS.
EMAILS_SENT: Final = _sent("E-mails sent", "Correos enviados", "email", 0.95)
WHATSAPP_SENT: Final = _sent("WhatsApp messages sent", "Mensajes de WhatsApp enviados", "whatsapp", 0.98)
READY: Final = Objective(
    "Services ready", 0.999, Ready("service:up:max"), "uptime", 600, above=False, title="Servicios listos"
)
BEGUN_ARE_CONFIRMED: Final = Objective(
    "Bookings confirmed of those begun",
    0.80,
    Counted(facts("booking.created"), facts("booking.confirmed")),
    title="Reservas empezadas que se confirmaron",
)
CACHE_HITS: Final = Objective(
    "Cache hits",
    0.85,
    Counted("cache_requests_total", 'cache_requests_total{result="hit"}'),
    minimum=1000,
    title="Aciertos de la caché",
)
OUTBOX_AGE: Final = Level(
    "Oldest unsent event", 60, "max(outbox_oldest_seconds)", "s", "Antigüedad del evento más viejo sin enviar"
)
# sum, not max: a scope that could not be measured is not a number, and must not hide behind the others.
LEDGER_MISSES: Final = Level(
    "Ledger misses 0 by",
    0,
    "sum(abs(payments_ledger_imbalance_minor))",
    "centavos",
    "Diferencia del libro contable",
)
CONNECTIONS: Final = Level(
    "Database connections",
    500,
    # What leads to a pooler or a replica is no connection of the server's.
    'sum(db_pool_connections{way="direct"})',
    "open",
    "Conexiones directas a las bases de datos",
)
MEMORY_LIMIT_MIB: Final = 512
"""What a program may have, as deploy/k8s and docker-compose.yml say."""
MEMORY: Final = Level(
    "Memory of the largest program",
    0.7 * MEMORY_LIMIT_MIB,
    f'max(process_resident_memory_bytes{{component=~"api|worker"}}) / {2**20}',
    "MiB",
    "Memoria del programa más grande",
)
EVENT_LAG: Final = Level("Event lag", 60, "max(service:event_lag_seconds:mean5m)", "s", "Demora en aplicar los eventos")
RESPONSE_P95: Final = Level(
    "Response p95",
    200,
    "1000 * max(service:http_request_duration_seconds:p95)",
    "ms",
    "Tiempo de respuesta (percentil 95)",
)

OBJECTIVES: Final[tuple[Objective, ...]] = (
    REQUESTS_ANSWERED,
    REQUESTS_FAST,
    TRANSACTIONS_FAST,
    PAYMENTS_MADE,
    WEBHOOKS_DONE,
    EMAILS_SENT,
    WHATSAPP_SENT,
    READY,
    BEGUN_ARE_CONFIRMED,
    completed(),
    CACHE_HITS,
)
LEVELS: Final = (OUTBOX_AGE, LEDGER_MISSES, CONNECTIONS, MEMORY)
# A worker that is away tells no age and no lag: what is silent is an alert's to find.
ALERTS: Final = Level(
    "Alerts firing",
    0,
    f'count(ALERTS{{alertstate="firing", {ours()}}}) or 0 * count(ALERTS{{alertname="{WATCHDOG}"}})',
    "firing",
    "Alertas que están sonando",
)
WATCHED: Final = (*LEVELS, EVENT_LAG, RESPONSE_P95, ALERTS)
"""With those of the last minutes, which only a Prometheus that goes on watching can tell."""
PROMISES: Final[tuple[Objective | Level, ...]] = (*OBJECTIVES, *WATCHED)
"""All that is recorded."""


def promised(one: Objective, window: str = WINDOW) -> Panel:
    """An objective as a number that turns red below its target."""
    return number(one.name, Unit.SHARE, one.of.share(window), f"Promised: {one.shown}.", one.least, at_least=True)
