"""Is it up, is it fast, does everything move? The promises first, then what explains them."""

from dashboards.panels import Board, Row, Unit, lines, number, quantile, rate, share


def sre() -> Board:
    """The dashboard of who is on call."""
    text = "Promises first, then what explains them: HTTP, databases, events, jobs, processes."
    return Board("barberpro-sre", "BarberPro: reliability", text, (_promises(), _http(), _edge(), *_inside()))


def _promises() -> Row:
    requests = "http_requests_total"
    return Row(
        "Promises",
        (
            number(
                "Requests without a server error",
                Unit.SHARE,
                share('http_requests_total{status!~"5.."}', requests),
                "Promised: more than 99.9 %.",
                0.999,
                at_least=True,
            ),
            number(
                "Requests under 200 ms",
                Unit.SHARE,
                share('http_request_duration_seconds_bucket{le="0.2"}', "http_request_duration_seconds_count"),
                "Promised: at least 95 %, which is a p95 under 200 ms.",
                0.95,
                at_least=True,
            ),
            number(
                "Transactions under 50 ms",
                Unit.SHARE,
                share(
                    'db_client_operation_duration_seconds_bucket{le="0.05"}',
                    "db_client_operation_duration_seconds_count",
                ),
                "Promised: at least 95 %, which is a p95 under 50 ms.",
                0.95,
                at_least=True,
            ),
            number(
                "Oldest unsent event",
                Unit.SECONDS,
                "max(outbox_oldest_seconds)",
                "Over 60 s somebody is paged: facts do not leave a service.",
                60,
            ),
        ),
    )


def _http() -> Row:
    seconds = "http_request_duration_seconds_bucket"
    errors = 'sum by (service) (rate(http_requests_total{status=~"5.."}[$__rate_interval]))'
    everything = "sum by (service) (rate(http_requests_total[$__rate_interval]))"
    return Row(
        "HTTP, at the services",
        (
            lines("Requests", Unit.REQUESTS, everything, "{{service}}", "Answered, whatever the status."),
            lines(
                "Server errors",
                Unit.SHARE,
                f"({errors} or 0 * {everything}) / {everything}",
                "{{service}}",
                "The part of a service's requests that ended in 5xx.",
                0.001,
            ),
            lines("p95", Unit.SECONDS, quantile(seconds, "service"), "{{service}}", "Per service.", 0.2),
            lines(
                "Slowest routes, p95",
                Unit.SECONDS,
                f"topk(8, {quantile(seconds, 'route')})",
                "{{route}}",
                "Live feeds count until they close, and stand out here.",
                0.2,
            ),
            lines(
                "Refusals",
                Unit.REQUESTS,
                'sum by (status) (rate(http_requests_total{status=~"4.."}[$__rate_interval]))',
                "{{status}}",
                "What clients were refused; 429 and 401 in number look like an attack.",
            ),
            lines("In flight", Unit.COUNT, "sum by (job) (http_requests_in_flight)", "{{job}}", "Being answered now."),
        ),
    )


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
    return _databases(), _events(), _jobs(), _processes()


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
                "sum by (job) (db_pool_waiting)",
                "{{job}}",
                "Above 0 for long: the pool is too small, or a transaction too long.",
            ),
        ),
    )


def _events() -> Row:
    by_topic = "topk(8, sum by (service, topic)"
    return Row(
        "Events",
        (
            lines(
                "Oldest unsent",
                Unit.SECONDS,
                "max by (service, scope) (outbox_oldest_seconds)",
                "{{service}} {{scope}}",
                "Age of the outbox.",
                60,
            ),
            lines(
                "Fact to effect, p95",
                Unit.SECONDS,
                quantile("event_lag_seconds_bucket", "service"),
                "{{service}}",
                "From a fact's moment to its committed effect. The last bucket ends at 10 s.",
            ),
            lines(
                "Sent",
                Unit.PER_SECOND,
                f"sum by (service) ({rate('outbox_events_sent_total')})",
                "{{service}}",
                "To Kafka.",
            ),
            lines(
                "Applied",
                Unit.PER_SECOND,
                f"{by_topic} ({rate('events_applied_total')}))",
                "{{service}} {{topic}}",
                "Their effect is committed.",
            ),
            lines(
                "Dead letters",
                Unit.COUNT,
                "sum by (service, scope) (dead_letters)",
                "{{service}} {{scope}}",
                "They wait for a person.",
                1,
            ),
            lines(
                "Relay rounds repeated",
                Unit.PER_SECOND,
                f"sum by (service, scope) ({rate('outbox_relay_failures_total')})",
                "{{service}} {{scope}}",
                "Kafka or the database did not take what was handed over.",
            ),
            lines(
                "Parked",
                Unit.PER_SECOND,
                f"{by_topic} ({rate('events_parked_total')}))",
                "{{service}} {{topic}}",
                "Set aside as dead letters.",
            ),
            lines(
                "Seen before",
                Unit.PER_SECOND,
                f"sum by (service, scope) ({rate('events_repeated_total')})",
                "{{service}} {{scope}}",
                "Passed over by the inbox; many after a restart are normal.",
            ),
        ),
    )


def _jobs() -> Row:
    # The job of a round is its label `job`, and Prometheus keeps that name for the program it scraped.
    failed = 'sum by (service, exported_job) (rate(job_runs_total{outcome="failed"}[$__rate_interval]))'
    return Row(
        "Jobs and logins",
        (
            lines(
                "Rounds", Unit.PER_SECOND, f"sum by (service) ({rate('job_runs_total')})", "{{service}}", "All jobs."
            ),
            lines(
                "Rounds failed", Unit.PER_SECOND, failed, "{{service}} {{exported_job}}", "The next one tries again."
            ),
            lines(
                "Rows put off",
                Unit.PER_SECOND,
                f"sum by (exported_job) ({rate('job_rows_put_off_total')})",
                "{{exported_job}}",
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
    cpu = f"sum by (job) ({rate('process_cpu_seconds_total')})"
    return Row(
        "Processes",
        (
            lines("Up", Unit.COUNT, "min by (job) (up)", "{{job}}", "0: Prometheus cannot read it."),
            lines(
                "Memory", Unit.BYTES, "max by (job) (process_resident_memory_bytes)", "{{job}}", "The largest of each."
            ),
            lines("CPU", Unit.CORES, cpu, "{{job}}", "Cores in use."),
            lines("Files open", Unit.COUNT, "max by (job) (process_open_fds)", "{{job}}", "The most of each."),
            lines(
                "Starts in an hour",
                Unit.COUNT,
                "sum by (job) (changes(process_start_time_seconds[1h]))",
                "{{job}}",
                "A program that starts again and again.",
            ),
            lines(
                "Services ready",
                Unit.COUNT,
                "min by (target) (analytics_service_up)",
                "{{target}}",
                "As analytics sees them when asked.",
            ),
        ),
    )
