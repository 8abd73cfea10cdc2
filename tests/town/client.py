"""HTTP as client apps speak it: one gateway, the vertical in the Host header, a key on every POST."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import httpx

Json = dict[str, Any]
BARBER: Final = "barber"
PSYCHOLOGY: Final = "psychology"
_SECONDS: Final = 20.0
_AWAY: Final = frozenset({502, 503, 504})
_COMES_SOON: Final = frozenset(
    {"in-progress", "booking-not-visible", "too-many-holds", "not-confirmed-yet", "tip-too-early"}
)
_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `key`: that of its Idempotency-Key header, which every POST has; a fresh one for None."""

    method: str
    path: str
    vertical: str = BARBER
    token: str | None = None
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None


class Refused(Exception):  # noqa: N818 - an answer that the story did not expect
    """Status, slug and text of a problem."""

    def __init__(self, call: Call, response: httpx.Response) -> None:
        super().__init__(f"{call.method} {call.path}: {response.status_code} {response.text[:500]}")
        self.response = response


@dataclass(frozen=True, slots=True)
class Gateway:
    """The platform's only door. `patience`: for how many seconds an answer may be waited for, as `ask` says."""

    http: httpx.AsyncClient
    patience: float = 0.0

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator["Gateway"]:
        """Open while the block runs."""
        limits = httpx.Limits(max_connections=80, max_keepalive_connections=80)
        async with httpx.AsyncClient(base_url=url, timeout=_SECONDS, limits=limits, trust_env=False) as http:
            yield cls(http)

    async def send(self, call: Call) -> httpx.Response:
        """Whatever comes back."""
        return await self.http.request(
            call.method, call.path, params=dict(call.query), json=call.body, headers=self.headers(call)
        )

    async def ask(self, call: Call, patience: float | None = None) -> Any:
        """The body of a good answer; Refused for any other.

        With `patience`, in seconds, as a good app does when nobody answers: the same again, under the same key.
        """
        until = monotonic() + (self.patience if patience is None else patience)
        while True:
            response = await self._try(call)
            if response.is_success:
                return response.json() if response.content else None
            if monotonic() > until or not (response.status_code in _AWAY or slug_of(response) in _COMES_SOON):
                raise Refused(call, response)
            await asyncio.sleep(_PAUSE)

    async def _try(self, call: Call) -> httpx.Response:
        try:
            return await self.send(call)
        except httpx.TransportError as error:
            return httpx.Response(httpx.codes.SERVICE_UNAVAILABLE, text=type(error).__name__)

    def headers(self, call: Call) -> dict[str, str]:
        """Where, who, and under which key."""
        found = {"Host": f"{call.vertical}.localhost"}
        if call.token is not None:
            found["Authorization"] = f"Bearer {call.token}"
        if call.method == "POST":
            found["Idempotency-Key"] = call.key or uuid4().hex
        return found | dict(call.headers)


def slug_of(response: httpx.Response) -> str:
    """The stable name of a problem, empty for what is none."""
    if "problem+json" not in response.headers.get("content-type", ""):
        return ""
    return str(response.json()["type"]).rpartition(":")[2]
