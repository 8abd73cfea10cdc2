"""Installments, remembered for a few minutes: a payer looks at them several times, and they change seldom."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from common.metrics import CACHE_REQUESTS
from common.money import Money
from payments.domain.installments import PayerCost

PlanKey: TypeAlias = tuple[Money, str, str | None, str | None]
_SECONDS: Final = 300.0
_MOST: Final = 1000
_HIT, _MISS = (CACHE_REQUESTS.labels("installments", result) for result in ("hit", "miss"))


class PlanCache:
    """At most `most` answers of `seconds` each; the one used longest ago goes first."""

    def __init__(
        self, seconds: float = _SECONDS, most: int = _MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._known: OrderedDict[PlanKey, tuple[float, Sequence[PayerCost]]] = OrderedDict()

    def find(self, key: PlanKey) -> Sequence[PayerCost] | None:
        """What MercadoPago said a moment ago."""
        until, costs = self._known.get(key, (0.0, None))
        if costs is None or until <= self._clock():
            self._known.pop(key, None)
            _MISS.inc()
            return None
        _HIT.inc()
        self._known.move_to_end(key)
        return costs

    def keep(self, key: PlanKey, costs: Sequence[PayerCost]) -> None:
        self._known[key] = (self._clock() + self._seconds, costs)
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
