"""Following the live feed: tickets, resuming, and ending in time."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from analytics import store
from analytics.metrics import STREAM_ENDED
from analytics.usecases.context import AnalyticsContext
from analytics.usecases.live import (
    EXPIRED,
    Client,
    Message,
    Reader,
    closed_message,
    fact_message,
    reset_message,
    totals_message,
)
from common.auth import Principal
from common.db import Session
from common.errors import Unauthenticated, UnknownVertical

FOLLOWERS: Final = ("analyst", "operator")
"""Who may follow a vertical's feed and read its dashboard."""
_REPLAYED: Final = 1_000
_TICKET_AGE: Final = timedelta(seconds=30)
_TICKET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """Opens one stream, once, while it is young. Only its hash is kept."""

    value: str
    usable_until: datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """One client's stream: what it is told first, then what comes. `leave` when it ends, however it ends."""

    vertical: str
    client: Client
    backlog: tuple[Message, ...]

    async def messages(self, seconds: float) -> AsyncIterator[Sequence[Message]]:
        """Messages for at most so many seconds; the last one says why when it ends from this side."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        replayed = {message.id for message in self.backlog if message.id is not None}
        yield self.backlog
        while (left := until - loop.time()) > 0:
            news = [message for message in await self.client.next(left) if message.id not in replayed]
            if news:
                yield news
            if news and news[-1].last:
                return
        STREAM_ENDED.labels(self.vertical, EXPIRED).inc()
        yield (closed_message(EXPIRED),)

    def leave(self) -> None:
        """Harmless when repeated."""
        self.client.leave()


async def issue_ticket(context: AnalyticsContext, vertical: str, principal: Principal) -> Ticket:
    """A ticket for one stream, for whom a header cannot be sent: good for 30 s; the stream ends with the token."""
    principal.must_be(vertical, *FOLLOWERS)
    value = secrets.token_urlsafe(_TICKET_BYTES)
    async with context.uow.begin(vertical) as work:
        until = await store.insert_ticket(work, _hash(value), _TICKET_AGE, principal.expires_at)
    return Ticket(value, until)


async def redeem_ticket(context: AnalyticsContext, vertical: str, value: str) -> int:
    """Until when the stream may run, seconds since the epoch; Unauthenticated unless the ticket is good and unused."""
    async with context.uow.begin(vertical) as work:
        until = await store.take_ticket(work, _hash(value))
    if until is None:
        raise Unauthenticated
    return until


async def open_stream(context: AnalyticsContext, vertical: str, last_id: int | None) -> Stream:
    """Join, then read what was missed since `last_id`: whatever commits in between is in one of the two. Busy."""
    if vertical not in context.hubs:
        raise UnknownVertical
    client = context.hubs[vertical].join()
    try:
        async with context.uow.read(vertical) as session:
            missed = await _missed(session, last_id) if last_id is not None else ()
            totals = totals_message(await store.find_today(session))
    except BaseException:
        client.leave()
        raise
    return Stream(vertical, client, (*missed, totals))


async def follow_feeds(context: AnalyticsContext) -> None:
    """One reader per vertical, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for vertical, hub in context.hubs.items():
            group.create_task(Reader(context.dsns[vertical], hub).run())


async def _missed(session: Session, last_id: int) -> tuple[Message, ...]:
    rows = await store.page_after(session, last_id, _REPLAYED + 1)
    if rows is None:
        return (reset_message("too-old"),)
    if len(rows) > _REPLAYED:
        return (reset_message("too-many"),)
    return tuple(map(fact_message, rows))


def _hash(value: str) -> bytes:
    return sha256(value.encode()).digest()
