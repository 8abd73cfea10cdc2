"""Every metric of the shared code, one typed list. Labels hold routes, topics and scopes: never ids or persons."""

from collections.abc import Iterable
from itertools import product
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2.5, 5, 10)

HTTP_REQUESTS: Final = Counter("http_requests", "Requests answered", ("service", "route", "method", "status"))
HTTP_SECONDS: Final = Histogram(
    "http_request_duration_seconds", "Time to answer", ("service", "route", "method"), buckets=_FAST
)
HTTP_IN_FLIGHT: Final = Gauge("http_requests_in_flight", "Requests being answered")
POOL_WAITING: Final = Gauge("db_pool_waiting", "Requests waiting for a database connection")
POOL_CONNECTIONS: Final = Gauge("db_pool_connections", "Connections that the process's pools hold", ("way",))
CONNECTION_FAILURES: Final = Counter("db_connection_failures", "Times a database gave no connection")
TRANSACTION_SECONDS: Final = Histogram(
    "db_client_operation_duration_seconds", "Time of one transaction", ("service", "scope"), buckets=_FAST
)
OUTBOX_SENT: Final = Counter("outbox_events_sent", "Events the relay has handed to Kafka", ("service", "scope"))
OUTBOX_FAILURES: Final = Counter("outbox_relay_failures", "Relay rounds thrown away and repeated", ("service", "scope"))
OUTBOX_AGE: Final = Gauge("outbox_oldest_seconds", "Age of the oldest unsent event", ("service", "scope"))
EVENTS_APPLIED: Final = Counter("events_applied", "Events whose effect was committed", ("service", "scope", "topic"))
EVENTS_REPEATED: Final = Counter("events_repeated", "Events seen before and passed over", ("service", "scope"))
EVENTS_PARKED: Final = Counter("events_parked", "Events set aside as dead letters", ("service", "scope", "topic"))
EVENT_LAG_SECONDS: Final = Histogram(
    "event_lag_seconds", "From the fact to its committed effect", ("service", "topic"), buckets=(*_FAST, 30, 60, 300)
)
DEAD_LETTERS: Final = Gauge("dead_letters", "Dead letters waiting for a person", ("service", "scope"))
ROWS_PUT_OFF: Final = Counter("job_rows_put_off", "Due rows that failed alone and wait longer for it", ("job",))
JOB_RUNS: Final = Counter("job_runs", "Rounds of a job", ("service", "job", "outcome"))
CACHE_REQUESTS: Final = Counter("cache_requests", "Looks into what is remembered in memory", ("cache", "result"))


def from_zero(counter: Counter, *values: Iterable[str]) -> Counter:
    """The counter, with a series at 0 for each combination of its labels' values.

    A series that is absent until it is first moved shows no increase by that first time, so no alert would see it.
    """
    for labels in product(*values):
        counter.labels(*labels)
    return counter
