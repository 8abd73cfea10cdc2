"""Load on the booking API from a process of its own: keep-alive connections that do as little as a client can."""

import asyncio
import multiprocessing
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, cast

import uvloop

from bench.orders import Orders, Requests, Signer
from bench.shops import Agenda

_MOST_A_SECOND: Final = 2_000
_WARM_SECONDS: Final = 0.7
_LOOK_SECONDS: Final = 0.05
_ANSWER_SECONDS: Final = 20.0
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_COME_BACK: Final = frozenset({429, 503})
_WHEN: Final = b"\r\nretry-after:"
IMPOLITE: Final = "without Retry-After"
"""How a failure ends that tells a client to come back and not when."""


@dataclass(frozen=True, slots=True)
class Load:
    """A closed loop of `connections`, or with `rate` so many requests a second whether answers come or not.

    `wanted` is the status of an answer that is none of the failures. A closed loop ends after `most` requests.
    """

    port: int
    connections: int
    seconds: float
    rate: float | None = None
    wanted: int = 201
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`per_second`, the percentiles (ms) and `sent` are of the time after the warm-up; `made` is all answers wanted."""

    per_second: float
    p50: float
    p99: float
    made: int
    sent: int
    failures: dict[str, int]


class _Line(asyncio.Protocol):
    """One keep-alive connection: a request at a time, and the whole answer before the next."""

    def __init__(self, run: "Run") -> None:
        self._run, self._buffer, self._since = run, b"", 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, since: float) -> None:
        """`since`: when the answer's time begins to count."""
        assert self._transport is not None
        self._since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) >= end + len(_HEAD_END) + length:
            self._buffer = b""
            self._run.answered(self, head, self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(self)

    def close(self) -> None:
        """Without waiting for anything."""
        assert self._transport is not None
        self._transport.abort()


class Run:
    """One load from its first request to its last answer."""

    def __init__(self, load: Load, orders: Requests) -> None:
        self._load, self._orders = load, orders
        self._lines: list[_Line] = []
        self._idle: deque[_Line] = deque()
        self._late: deque[float] = deque()
        self._under_way = self._opening = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._notes: list[tuple[float, float]] = []
        self._failures: Counter[str] = Counter()
        self._counts_from = self._ends = 0.0
        self._sent, self._left = 0, load.most

    async def perform(self) -> Outcome:
        """Warm up, load, wait for what is under way."""
        load = self._load
        if load.rate is None:
            for _ in range(load.connections):
                await self._open()
        self._counts_from = perf_counter() + _WARM_SECONDS
        self._ends = self._counts_from + load.seconds
        if load.rate is None:
            self._keep_busy()
            await self._until_the_end()
        else:
            await self._at_a_rate(load.rate)
        await self._finish()
        lines, self._lines = self._lines, []
        for line in lines:
            line.close()
        return self._outcome()

    async def _until_the_end(self) -> None:
        while self._left != 0 and (left := self._ends - perf_counter()) > 0:  # noqa: ASYNC110 - as in _finish
            await asyncio.sleep(min(left, _LOOK_SECONDS))

    async def _open(self) -> None:
        """One more line. Whoever waits for one is served at once."""
        self._opening += 1
        try:
            _, line = await asyncio.get_running_loop().create_connection(
                lambda: _Line(self), "127.0.0.1", self._load.port
            )
        except OSError:
            self._failures["no connection"] += 1
            return
        finally:
            self._opening -= 1
        self._lines.append(line)
        self._idle.append(line)
        if self._late:
            self._send(self._late.popleft())

    async def _finish(self) -> None:
        deadline = perf_counter() + _ANSWER_SECONDS
        while (self._under_way or self._opening) and perf_counter() < deadline:  # noqa: ASYNC110 - an Event would cost in each answer
            await asyncio.sleep(0.01)
        if self._under_way:
            self._failures["no answer"] += self._under_way

    def answered(self, line: _Line, head: bytes, since: float) -> None:
        """Note it, and give the line its next request. `head`: that of the answer, in lower case."""
        now, status = perf_counter(), int(head[9:12])
        self._under_way -= 1
        if status == self._load.wanted:
            self._notes.append((now, now - since))
        else:
            self._failures[failure(status, head)] += 1
        self._idle.append(line)
        if self._late:
            self._send(self._late.popleft())
        elif self._load.rate is None and now < self._ends:
            self._keep_busy()

    def lost(self, line: _Line) -> None:
        """A connection that the other side closed: what was on it is gone. An idle one lets nobody down."""
        if line not in self._lines:
            return
        self._lines.remove(line)
        if line in self._idle:
            self._idle.remove(line)
        else:
            self._failures["connection lost"] += 1
            self._under_way -= 1

    def _keep_busy(self) -> None:
        while self._idle and self._left != 0:
            if self._left is not None:
                self._left -= 1
            self._send(perf_counter())

    def _send(self, since: float) -> None:
        self._under_way += 1
        self._sent += self._counts_from <= perf_counter() <= self._ends
        self._idle.pop().send(self._orders.next(), since)

    async def _at_a_rate(self, rate: float) -> None:
        """An answer's time counts from when its request was due, so that waiting for a free line is part of it.

        Lines are opened as they are needed, and the one used last is used next: a server hangs up on those that say
        nothing.
        """
        started = perf_counter()
        for number in range(round(rate * (_WARM_SECONDS + self._load.seconds))):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            if self._idle:
                self._send(due)
                continue
            self._late.append(due)
            if len(self._lines) + self._opening < self._load.connections:
                task = asyncio.create_task(self._open())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                await asyncio.sleep(0)

    def _outcome(self) -> Outcome:
        counted = [took for at, took in self._notes if self._counts_from <= at <= self._ends]
        p50, p99 = (percentile(counted, share) * 1000 for share in (0.5, 0.99))
        return Outcome(len(counted) / self._load.seconds, p50, p99, len(self._notes), self._sent, dict(self._failures))


def failure(status: int, head: bytes) -> str:
    """What an answer other than the one wanted is counted as."""
    if status in _COME_BACK and _WHEN not in head:
        return f"{status} {IMPOLITE}"
    return str(status)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


_ORDERS: Final[list[Orders]] = []


def _prepare(agenda: Agenda, signer: Signer, clients: int) -> None:
    _ORDERS.append(Orders(agenda, signer, clients))


def _perform(load: Load) -> Outcome:
    _ORDERS[0].ready_for(round((load.rate or _MOST_A_SECOND) * (load.seconds + 2 * _WARM_SECONDS)))

    async def run() -> Outcome:
        return await Run(load, _ORDERS[0]).perform()

    outcome: Outcome = uvloop.run(run())
    return outcome


class Loader:
    """The process that loads; it keeps its clients and its place in the agenda from load to load."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def run(self, load: Load) -> Outcome:
        """Blocks until the load is over."""
        return self._pool.submit(_perform, load).result(load.seconds + 2 * _ANSWER_SECONDS + 30)


@contextmanager
def load_process(agenda: Agenda, signer: Signer, clients: int) -> Iterator[Loader]:
    """Started when asked; its tokens are minted before the first load."""
    context: Any = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, _prepare, (agenda, signer, clients)) as pool:
        pool.submit(int).result(180)
        yield Loader(pool)
