"""What the use cases are given."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from analytics.clients import FigureSource
from analytics.usecases.live import Hub
from analytics.usecases.platform import PlatformWatch
from common.errors import Busy
from common.service import Context


class Gate:
    """Lets a bounded number in at once; one more is Busy, so that a flood of reports takes no connection of readers."""

    def __init__(self, most: int) -> None:
        self._most, self._inside = most, 0

    @contextmanager
    def passed(self) -> Iterator[None]:
        if self._inside >= self._most:
            raise Busy
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


@dataclass(frozen=True)
class AnalyticsContext(Context):
    """`dsns` are for the feed's readers, which hold a connection each; `wake_feed` tells those of all processes."""

    dsns: Mapping[str, str] = field(repr=False)
    wake_feed: Callable[[str], None]
    hubs: Mapping[str, Hub]
    platform: PlatformWatch
    activity_gate: Gate
    figures: FigureSource
    pod_requests: Mapping[str, float]
    """What one pod of a service was measured to bear, requests a second."""
