"""Load on the booking API from a process of its own: keep-alive connections that do as little as a client can."""

import asyncio
import multiprocessing
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any, Final, cast
from uuid import uuid4

import jwt
import uvloop
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.shops import VERTICAL, Agenda
from contracts.ids import new_id

_CREATED: Final = 201
_HOLDS: Final = 3
_MOST_A_SECOND: Final = 2_000
_WARM_SECONDS: Final = 0.7
_ANSWER_SECONDS: Final = 20.0
_TOKEN_SECONDS: Final = 3600
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_COME_BACK: Final = frozenset({429, 503})
_WHEN: Final = b"\r\nretry-after:"
IMPOLITE: Final = "without Retry-After"
"""How a failure ends that tells a client to come back and not when."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The stack's own signing key and what its tokens say."""

    key_id: str
    private_key: str = field(repr=False)
    issuer: str
    audience: str

    def tokens(self, count: int) -> list[bytes]:
        """Access tokens of so many clients."""
        now = int(time())
        private = cast("RSAPrivateKey", load_pem_private_key(self.private_key.encode(), None))
        claims = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + _TOKEN_SECONDS, "scope": "client"}
        headers = {"kid": self.key_id, "typ": "at+jwt"}
        made = (jwt.encode(claims | {"sub": str(new_id())}, private, "RS256", headers) for _ in range(count))
        return [token.encode() for token in made]


@dataclass(frozen=True, slots=True)
class Load:
    """A closed loop of `connections`, or with `rate` so many bookings a second whether answers come or not."""

    port: int
    connections: int
    seconds: float
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`per_second`, the percentiles (ms) and `sent` are of the time after the warm-up; `made` counts every 201."""

    per_second: float
    p50: float
    p99: float
    made: int
    sent: int
    failures: dict[str, int]


class Orders:
    """Booking requests as bytes: each another slot with another key; a client comes again when all others have come."""

    def __init__(self, agenda: Agenda, signer: Signer, clients: int) -> None:
        self._agenda, self._signer, self._number = agenda, signer, 0
        self._clients = deque((token, _HOLDS) for token in signer.tokens(clients))

    def ready_for(self, bookings: int) -> None:
        """Have clients enough; one may hold only so many bookings that are not paid."""
        lacking = bookings - sum(left for _, left in self._clients)
        self._clients.extend((token, _HOLDS) for token in self._signer.tokens(-(-lacking // _HOLDS)))

    def next(self) -> bytes:
        """One whole request."""
        token, left = self._clients.popleft()
        if left > 1:
            self._clients.append((token, left - 1))
        body = self._agenda.wish(self._number).body()
        self._number += 1
        return b"".join((
            f"POST /api/v1/bookings HTTP/1.1\r\nHost: {VERTICAL}.localhost\r\nX-Vertical: {VERTICAL}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Idempotency-Key: {uuid4()}\r\nAuthorization: Bearer ".encode(),
            token,
            _HEAD_END,
            body,
        ))  # fmt: skip


class _Line(asyncio.Protocol):
    """One keep-alive connection: a request at a time, and the whole answer before the next."""

    def __init__(self, run: "_Run") -> None:
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


class _Run:
    """One load from its first request to its last answer."""

    def __init__(self, load: Load, orders: Orders) -> None:
        self._load, self._orders = load, orders
        self._lines: list[_Line] = []
        self._idle: deque[_Line] = deque()
        self._late: deque[float] = deque()
        self._under_way = 0
        self._notes: list[tuple[float, float]] = []
        self._failures: Counter[str] = Counter()
        self._counts_from = self._ends = 0.0
        self._sent = 0

    async def perform(self) -> Outcome:
        """Warm up, load, wait for what is under way."""
        loop, load = asyncio.get_running_loop(), self._load
        for _ in range(load.connections):
            _, line = await loop.create_connection(lambda: _Line(self), "127.0.0.1", load.port)
            self._lines.append(line)
        self._counts_from = perf_counter() + _WARM_SECONDS
        self._ends = self._counts_from + load.seconds
        self._idle.extend(self._lines)
        if load.rate is None:
            self._keep_busy()
            await asyncio.sleep(self._ends - perf_counter())
        else:
            await self._at_a_rate(load.rate)
        await self._finish()
        lines, self._lines = self._lines, []
        for line in lines:
            line.close()
        return self._outcome()

    async def _finish(self) -> None:
        deadline = perf_counter() + _ANSWER_SECONDS
        while self._under_way and perf_counter() < deadline:  # noqa: ASYNC110 - an Event would cost in each answer
            await asyncio.sleep(0.01)
        if self._under_way:
            self._failures["no answer"] += self._under_way

    def answered(self, line: _Line, head: bytes, since: float) -> None:
        """Note it, and give the line its next request. `head`: that of the answer, in lower case."""
        now, status = perf_counter(), int(head[9:12])
        self._under_way -= 1
        if status == _CREATED:
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
        while self._idle:
            self._send(perf_counter())

    def _send(self, since: float) -> None:
        self._under_way += 1
        self._sent += self._counts_from <= perf_counter() <= self._ends
        self._idle.popleft().send(self._orders.next(), since)

    async def _at_a_rate(self, rate: float) -> None:
        """An answer's time counts from when its request was due, so that waiting for a free line is part of it."""
        started = perf_counter()
        for number in range(round(rate * (_WARM_SECONDS + self._load.seconds))):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            if self._idle:
                self._send(due)
            else:
                self._late.append(due)

    def _outcome(self) -> Outcome:
        counted = [took for at, took in self._notes if self._counts_from <= at <= self._ends]
        p50, p99 = (percentile(counted, share) * 1000 for share in (0.5, 0.99))
        return Outcome(len(counted) / self._load.seconds, p50, p99, len(self._notes), self._sent, dict(self._failures))


def failure(status: int, head: bytes) -> str:
    """What an answer other than 201 is counted as."""
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
        return await _Run(load, _ORDERS[0]).perform()

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
