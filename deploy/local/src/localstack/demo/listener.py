"""An analyst watches the live feed of a vertical the whole day long, and picks it up again wherever it breaks."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from localstack.demo.accounts import Account, Accounts
from localstack.demo.client import Client, Request
from localstack.demo.errors import BrokenError

_PATH: Final = "/api/v1/analytics/stream"
_SILENCE: Final = httpx.Timeout(25, connect=5)
"""The feed's heart beats every 10 s."""
_PAUSE: Final = 0.3
_OK: Final = 200


@dataclass(slots=True)
class Listener:
    """`events` counts by kind, `slowest` is seconds from the projection to here."""

    vertical: str
    events: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    breaks: int = 0
    _opened: bool = False
    _last_id: str | None = None
    _heard_again: bool = False
    _latest: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def bookings(self) -> Mapping[str, str]:
        """The latest status heard of each."""
        return {booking_id: status for booking_id, (_, status) in self._latest.items()}

    async def is_open(self) -> bool | None:
        """True once the feed has been there."""
        return self._opened or None

    async def follow(self, base_url: str, gateway: Client, accounts: Accounts, analyst: Account) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(base_url=base_url, timeout=_SILENCE, trust_env=False) as http:
            while True:
                try:
                    token = await accounts.token(analyst)
                    headers = gateway.headers(Request("feed", "GET", _PATH, self.vertical, token))
                    if self._last_id is not None:
                        headers["Last-Event-ID"] = self._last_id
                    async with http.stream("GET", _PATH, headers=headers) as response:
                        await self._take(response)
                except (httpx.TransportError, BrokenError):
                    self.breaks += 1
                await asyncio.sleep(_PAUSE)

    async def _take(self, response: httpx.Response) -> None:
        if response.status_code != _OK:
            self.breaks += 1
            return
        self._opened = True
        # What was missed comes first, all at once: its age says nothing about the feed.
        self._heard_again = self._last_id is not None
        async for kind, id_, data in _events(response):
            self._hear(kind, id_, data)

    def _hear(self, kind: str, id_: str | None, data: dict[str, Any]) -> None:
        self.events[kind] += 1
        if id_ is not None:
            self._last_id = id_
        if kind == "dashboard":
            self._heard_again = False
        elif "at" in data and not self._heard_again:
            delay = (datetime.now(UTC) - datetime.fromisoformat(data["at"])).total_seconds()
            self.slowest = max(self.slowest, delay)
        if kind == "booking":
            # A feed that is picked up again may repeat what is older.
            known = self._latest.get(data["bookingId"], (0, ""))
            self._latest[data["bookingId"]] = max(known, (data["sequence"], data["status"]))


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, str | None, dict[str, Any]]]:
    """Kind, id and data of each server-sent event (one line of data each)."""
    kind, id_, data = "message", None, ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "id":
            id_ = value
        elif name == "data":
            data = value
        elif not line and data:
            yield kind, id_, json.loads(data)
            kind, id_, data = "message", None, ""
