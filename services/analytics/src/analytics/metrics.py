"""Analytics' own metrics, one typed list."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

STREAM_CLIENTS: Final = Gauge("analytics_stream_clients", "Clients of the live feed", ("vertical",))
STREAM_ENDED: Final = Counter("analytics_stream_ended", "Live feeds closed from this side", ("vertical", "reason"))
FEED_READ: Final = Counter("analytics_feed_rows_read", "Feed rows handed to clients' queues", ("vertical",))
FEED_FAILURES: Final = Counter("analytics_feed_failures", "Times the feed's reader had to begin again", ("vertical",))
FEED_AGE: Final = Histogram(
    "analytics_feed_age_seconds",
    "From the start of the projection's transaction to the clients' queues",
    ("vertical",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FACTS_NEWER: Final = Counter(
    "analytics_facts_newer", "States that were newer than what was known", ("vertical", "kind")
)
SERVICE_UP: Final = Gauge("analytics_service_up", "Whether a service answers that it is ready", ("target",))
