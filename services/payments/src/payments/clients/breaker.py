"""A circuit breaker: while MercadoPago makes nothing, it is not asked to, but for one request now and then.

It guards what payers ask for. Closings and refunds are not behind it: they wait and back off by themselves, and money
that may be on its way is asked about all the same. `aiobreaker` (2021) is not kept up and `pybreaker` knows Tornado,
not asyncio; what is needed is this.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from payments.clients.port import MercadoPagoError, NotAcceptedError, RefusedError
from payments.metrics import CIRCUIT_OPEN, PROVIDER


class Breaker:
    """Opens after `failures` in a row, for `seconds`; then one request is let through, and its end decides.

    A refusal is an answer and no failure. Where MercadoPago said how long to wait, it stays open that long, at most
    `longest`.
    """

    def __init__(
        self,
        failures: int = 5,
        seconds: float = 10.0,
        longest: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._longest, self._clock = failures, seconds, longest, clock
        self._failed = 0
        self._open_until: float | None = None
        self._probing = False
        CIRCUIT_OPEN.labels(PROVIDER).set(0)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around one request. NotAcceptedError at once while the circuit is open."""
        probe = self._enter()
        try:
            yield
        except RefusedError:
            self._close()
            raise
        except MercadoPagoError as error:
            self._fail(probe, error)
            raise
        except BaseException:
            # Given up on our side, so it says nothing; but nobody else would end the probe.
            if probe:
                self._open(self._seconds)
            raise
        else:
            self._close()

    def _enter(self) -> bool:
        """Whether this request is the one that is let through to see."""
        if self._open_until is None:
            return False
        left = self._open_until - self._clock()
        if left > 0 or self._probing:
            raise NotAcceptedError("circuit-open", max(ceil(left), 1))
        self._probing = True
        return True

    def _fail(self, probe: bool, error: MercadoPagoError) -> None:
        self._failed += 1
        if probe or self._failed >= self._most:
            told = error.retry_after
            self._open(min(told, self._longest) if told is not None else self._seconds)

    def _open(self, seconds: float) -> None:
        self._open_until, self._probing = self._clock() + seconds, False
        CIRCUIT_OPEN.labels(PROVIDER).set(1)

    def _close(self) -> None:
        """MercadoPago answers. A request that left before the circuit opened says so as well as a probe."""
        self._failed, self._open_until, self._probing = 0, None, False
        CIRCUIT_OPEN.labels(PROVIDER).set(0)
