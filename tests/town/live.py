"""The live feed as an analyst's screen reads it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from httpx_sse import aconnect_sse
from tests.town.client import Call, Gateway, Json
from tests.town.people import Account

from common.testing import eventually


@dataclass(frozen=True, slots=True)
class Seen:
    """An event and when it came."""

    at: datetime
    kind: str
    data: Json


@dataclass
class Feed:
    """What has come so far."""

    seen: list[Seen] = field(default_factory=list)

    def of(self, kind: str, **wanted: object) -> list[Seen]:
        """Those of a kind whose data say this."""
        return [one for one in self.seen if one.kind == kind and wanted.items() <= one.data.items()]


@asynccontextmanager
async def following(gateway: Gateway, analyst: Account, vertical: str) -> AsyncIterator[Feed]:
    """The stream, open while the block runs."""
    feed = Feed()
    reading = asyncio.create_task(_read(gateway, analyst, vertical, feed))
    try:
        # The first event is sent to whoever joins: from there on nothing is missed.
        await eventually(lambda: feed.of("dashboard"))
        yield feed
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(gateway: Gateway, analyst: Account, vertical: str, feed: Feed) -> None:
    call = Call("GET", "/api/v1/analytics/stream", vertical, analyst.token)
    async with aconnect_sse(gateway.http, "GET", call.path, headers=gateway.headers(call)) as source:
        async for event in source.aiter_sse():
            feed.seen.append(Seen(datetime.now(UTC), event.event, json.loads(event.data)))
