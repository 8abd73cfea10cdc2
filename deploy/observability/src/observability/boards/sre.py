"""Is it up, is it fast, does everything move? The promises first, then what explains them."""

from typing import Final

from observability.objectives import OUTBOX_AGE, REQUESTS_ANSWERED, REQUESTS_FAST, TRANSACTIONS_FAST, promised
from observability.panels import Board, Panel, Row, Unit, lines, number, quantile, rate

_HTTP: Final = "http_request_duration_seconds_bucket"
_PROGRAM: Final = "{{service}} {{component}}"
_S, _S_SCOPE, _S_TOPIC = "{{service}}", "{{service}} {{scope}}", "{{service}} {{topic}}"


def sre() -> Board:
    """The dashboard of who is on call."""
    text = "Promises first, then what explains them: HTTP, databases, events, jobs, processes."
    return Board("barberpro-sre", "BarberPro: reliability", text, (_promises(), _http(), _edge(), *_inside()))


def _promises() -> Row:
    oldest = number(
        OUTBOX_AGE.name,
        Unit.SECONDS,
        OUTBOX_AGE.expr,
        "Over it somebody is paged: facts do not leave.",
        OUTBOX_AGE.most,
    )
    return Row("Promises", (promised(REQUESTS_ANSWERED), promised(REQUESTS_FAST), promised(TRANSACTIONS_FAST), oldest))


def _http() -> Row:
    everything = f"sum by (service) ({rate('http_requests_total')})"
    return Row(
        "HTTP, at the services",
        (
            lines("Requests", Unit.REQUESTS, everything, "{{service}}", "Answered, whatever the status."),
            _server_errors(everything),
            lines("p95", Unit.SECONDS, quantile(_HTTP, "service"), "{{service}}", "Per service.", 0.2),
            _slowest_routes(),
            _refusals(),
            lines(
                "In flight",
                Unit.COUNT,
                _by_program("sum", "http_requests_in_flight"),
                _PROGRAM,
                "Being answered now.",
            ),
        ),
    )


def _server_errors(everything: str) -> Panel:
    errors = 'sum by (service) (rate(http_requests_total{status=~"5.."}[$__rate_interval]))'
    expr = f"({errors} or 0 * {everything}) / {everything}"
    return lines("Server errors", Unit.SHARE, expr, "{{service}}", "The part that ended in 5xx.", 0.001)


def _slowest_routes() -> Panel:
    expr = f"topk(8, {quantile(_HTTP, 'route')})"
    text = "Live feeds count until they close, and stand out here."
    return lines("Slowest routes, p95", Unit.SECONDS, expr, "{{route}}", text, 0.2)


def _refusals() -> Panel:
    expr = 'sum by (status) (rate(http_requests_total{status=~"4.."}[$__rate_interval]))'
    text = "What clients were refused; 429 and 401 in number look like an attack."
    return lines("Refusals", Unit.REQUESTS, expr, "{{status}}", text)


def _edge() -> Row:
    return Row(
        "Gateway",
        (
            lines(
                "Answers",
                Unit.REQUESTS,
                f"sum by (code) ({rate('haproxy_frontend_http_responses_total')})",
                "{{code}}",
                "All that left the gateway, its own refusals too.",
            ),
            lines(
                "Sessions",
                Unit.COUNT,
                "sum by (proxy) (haproxy_frontend_current_sessions)",
                "{{proxy}}",
                "Connections open now.",
            ),
            lines(
                "Servers behind it",
                Unit.COUNT,
                "min by (proxy) (haproxy_backend_active_servers)",
                "{{proxy}}",
                "0: nobody answers for that service.",
            ),
        ),
    )


def _inside() -> tuple[Row, ...]:
    return _databases(), _events_out(), _events_in(), _jobs(), _processes()


def _databases() -> Row:
    bucket = "db_client_operation_duration_seconds_bucket"
    count = rate("db_client_operation_duration_seconds_count")
    return Row(
        "Databases",
        (
            lines("Transactions", Unit.PER_SECOND, f"sum by (service) ({count})", "{{service}}", "Committed or not."),
            lines("p95 of a transaction", Unit.SECONDS, quantile(bucket, "service"), "{{service}}", "As felt.", 0.05),
            lines(
                "Waiting for a connection",
                Unit.COUNT,
                _by_program("sum", "db_pool_waiting"),
                _PROGRAM,
                "Above 0 for long: the pool is too small, or a transaction too long.",
            ),
        ),
    )


def _events_out() -> Row:
    oldest = "max by (service, scope) (outbox_oldest_seconds)"
    again = f"sum by (service, scope) ({rate('outbox_relay_failures_total')})"
    return Row(
        "Events out",
        (
            lines("Sent", Unit.PER_SECOND, f"sum by (service) ({rate('outbox_events_sent_total')})", _S, "To Kafka."),
            lines("Oldest unsent", Unit.SECONDS, oldest, _S_SCOPE, "Age of each outbox.", OUTBOX_AGE.most),
            lines("Relay rounds repeated", Unit.PER_SECOND, again, _S_SCOPE, "Not taken by Kafka or the database."),
        ),
    )


def _events_in() -> Row:
    lag = quantile("event_lag_seconds_bucket", "service")
    by_topic = "topk(8, sum by (service, topic)"
    applied = f"{by_topic} ({rate('events_applied_total')}))"
    parked = f"{by_topic} ({rate('events_parked_total')}))"
    letters = "sum by (service, scope) (dead_letters)"
    seen = f"sum by (service, scope) ({rate('events_repeated_total')})"
    return Row(
        "Events in",
        (
            lines("Applied", Unit.PER_SECOND, applied, _S_TOPIC, "Their effect is committed."),
            lines("Fact to effect, p95", Unit.SECONDS, lag, _S, "The last bucket ends at 10 s."),
            lines("Seen before", Unit.PER_SECOND, seen, _S_SCOPE, "Passed over; many after a restart are normal."),
            lines("Parked", Unit.PER_SECOND, parked, _S_TOPIC, "Set aside as dead letters."),
            lines("Dead letters", Unit.COUNT, letters, _S_SCOPE, "They wait for a person.", 1),
        ),
    )


def _jobs() -> Row:
    failed = 'sum by (service, job) (rate(job_runs_total{outcome="failed"}[$__rate_interval]))'
    return Row(
        "Jobs and logins",
        (
            lines(
                "Rounds", Unit.PER_SECOND, f"sum by (service) ({rate('job_runs_total')})", "{{service}}", "All jobs."
            ),
            lines("Rounds failed", Unit.PER_SECOND, failed, "{{service}} {{job}}", "The next one tries again."),
            lines(
                "Rows put off",
                Unit.PER_SECOND,
                f"sum by (job) ({rate('job_rows_put_off_total')})",
                "{{job}}",
                "Due rows that failed alone.",
            ),
            lines(
                "Logins failed",
                Unit.PER_SECOND,
                f"sum by (how) ({rate('logins_failed_total')})",
                "{{how}}",
                "Wrong passwords and codes.",
            ),
            lines("Contacts unreadable", Unit.COUNT, "max(contacts_unreadable)", "", "Under a former key.", 1),
        ),
    )


def _processes() -> Row:
    cpu = _by_program("sum", rate("process_cpu_seconds_total"))
    memory, files = _by_program("max", "process_resident_memory_bytes"), _by_program("max", "process_open_fds")
    starts, ready = (
        _by_program("sum", "changes(process_start_time_seconds[1h])"),
        "min by (target) (analytics_service_up)",
    )
    return Row(
        "Processes",
        (
            lines("Up", Unit.COUNT, _by_program("min", "up"), _PROGRAM, "0: Prometheus cannot read it."),
            lines("Memory", Unit.BYTES, memory, _PROGRAM, "The largest of each."),
            lines("CPU", Unit.CORES, cpu, _PROGRAM, "Cores in use."),
            lines("Files open", Unit.COUNT, files, _PROGRAM, "The most of each."),
            lines("Starts in an hour", Unit.COUNT, starts, _PROGRAM, "A program that starts again and again."),
            lines("Services ready", Unit.COUNT, ready, "{{target}}", "As analytics sees them when asked."),
        ),
    )


def _by_program(how: str, expr: str) -> str:
    return f"{how} by (service, component) ({expr})"
