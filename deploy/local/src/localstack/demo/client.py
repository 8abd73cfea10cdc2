"""HTTP as a good client app does it: a time-out on every request, and patience with a service that is away."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import httpx

from localstack.demo.errors import BrokenError, UnansweredError

PATIENCE: Final = 60.0
"""How long a request is repeated, under the same Idempotency-Key, while nobody answers it."""
_TIMEOUT: Final = httpx.Timeout(20, connect=5, pool=30)
_AWAY: Final = frozenset({502, 503, 504})
_COMES_SOON: Final = frozenset(
    {"in-progress", "booking-not-visible", "payment-changing", "not-confirmed-yet", "tip-too-early"}
)
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_LIMITS: Final = httpx.Limits(max_connections=32, max_keepalive_connections=16)


@dataclass(frozen=True, slots=True)
class Request:
    """`step` is its name in the report; `query` and `body` travel as they are. Every POST gets an Idempotency-Key."""

    step: str
    method: str
    path: str
    vertical: str = "barber"
    token: str | None = None
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    also: frozenset[str] = frozenset()
    """Slugs of problems, or statuses, that are an answer here and not a failure."""
    only_once: bool = False
    """Repeating it would do it again: whoever asks looks first (UnansweredError)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a 2xx, or one of the problems that the request allowed."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for."""
        return self.status < httpx.codes.BAD_REQUEST

    @property
    def slug(self) -> str:
        """The stable name of a problem, empty for what is none."""
        kind = self.body.get("type", "") if isinstance(self.body, dict) else ""
        return str(kind).rpartition(":")[2]


@dataclass(slots=True)
class Figures:
    """What the requests of a run were like: seconds by step, repeats by reason."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    repeats: Counter[str] = field(default_factory=Counter)

    def note(self, step: str, seconds: float) -> None:
        """One more of a step."""
        self.seconds[step].append(seconds)


class Client:
    """One server, asked with patience. `host` makes the Host header of a vertical."""

    def __init__(
        self,
        base_url: str,
        figures: Figures,
        *,
        by_host: bool,
        patience: float = PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=_TIMEOUT, limits=_LIMITS, trust_env=False, transport=transport
        )
        self._figures, self._by_host, self._patience = figures, by_host, patience

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def send(self, request: Request) -> Reply:
        """The answer; BrokenError for one that was not expected, or for none in time."""
        headers = self.headers(request)
        deadline, pause = monotonic() + self._patience, _FIRST_PAUSE
        while True:
            started = monotonic()
            answer = await self._try(request, headers)
            if isinstance(answer, Reply):
                self._figures.note(request.step, monotonic() - started)
                return _checked(request, answer)
            self._figures.repeats[answer] += 1
            if request.only_once:
                raise UnansweredError(f"{request.step}: {answer}")
            if monotonic() > deadline:
                raise BrokenError(f"{request.step}: {answer} for {self._patience:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def headers(self, request: Request) -> dict[str, str]:
        """Who asks, for which vertical, under which key."""
        found = {"Host": f"{request.vertical}.localhost"} if self._by_host else {}
        if request.token is not None:
            found["Authorization"] = f"Bearer {request.token}"
        if request.method == "POST":
            found["Idempotency-Key"] = request.key or uuid4().hex
        return found

    async def _try(self, request: Request, headers: Mapping[str, str]) -> Reply | str:
        """A reply to go by, or why it must be asked again."""
        try:
            response = await self._http.request(
                request.method, request.path, params=dict(request.query), json=request.body, headers=dict(headers)
            )
        except httpx.TransportError as error:
            return type(error).__name__
        reply = Reply(response.status_code, _body(response), response.headers)
        if reply.status in _AWAY:
            return f"{reply.status} {reply.slug}".strip()
        if reply.status == httpx.codes.TOO_MANY_REQUESTS or reply.slug in _COMES_SOON:
            return reply.slug or "429"
        return reply


def _checked(request: Request, reply: Reply) -> Reply:
    if reply.ok or reply.slug in request.also or str(reply.status) in request.also:
        return reply
    raise BrokenError(f"{request.step}: {reply.status} {reply.slug}".rstrip())


def _body(response: httpx.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return response.json()
    except ValueError:
        return None
