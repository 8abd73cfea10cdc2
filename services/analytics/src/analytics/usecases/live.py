"""The live feed inside one process: one reader per vertical, and a bounded queue for each client."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Final, NoReturn

import structlog

from analytics import store
from analytics.domain.feed import told
from analytics.domain.figures import pesos
from analytics.metrics import FEED_AGE, FEED_FAILURES, FEED_READ, STREAM_CLIENTS, STREAM_ENDED
from common.db import Row, Session
from common.errors import Busy
from common.waiting import wait_for_event

log = structlog.get_logger()
_POLL_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 0.5
_TOTALS_SECONDS: Final = 0.5
_TOTALS_ANYWAY_SECONDS: Final = 60.0
"""So that an open screen turns to the new day's zeros."""

SLOW: Final = "slow"
EXPIRED: Final = "token-expired"


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """What clients are told, the same object to all of them; nothing follows one that is `last`."""

    kind: str
    data: Mapping[str, object]
    id: int | None = None
    last: bool = False


def feed_channel(scope: str) -> str:
    """The NOTIFY channel of a vertical's feed."""
    return f"feed_{scope}"


def fact_message(row: Row) -> Message:
    """A row of the feed: `booking` or `payment`."""
    data = {**told(row["payload"]), "providerId": row["provider_id"], "at": row["at"]}
    return Message(row["kind"], data, row["id"])


def totals_message(today: store.Today) -> Message:
    """`dashboard`: the running totals of today."""
    figures = today.figures
    data = {
        "date": today.day,
        "at": today.at,
        "created": figures.bookings_created,
        "held": figures.bookings_held,
        "confirmed": figures.confirmed,
        "cancelled": figures.cancelled,
        "completed": figures.completed,
        "noShow": figures.no_show,
        "expired": figures.expired,
        "conversion": figures.conversion,
        "revenueCaptured": pesos(figures.revenue_captured),
        "revenueRefunded": pesos(figures.revenue_refunded),
        "revenueNet": pesos(figures.revenue_net),
    }
    return Message("dashboard", data)


def reset_message(reason: str) -> Message:
    """`reset`: what was missed cannot be sent again; load the dashboard anew."""
    return Message("reset", {"reason": reason})


def closed_message(reason: str) -> Message:
    """`closed`: the last event of a stream that ends from this side."""
    return Message("closed", {"reason": reason}, last=True)


class Seats:
    """How many streams this process takes, all verticals together: each is a request under way while it runs."""

    def __init__(self, most: int) -> None:
        self._free = most

    def take(self) -> None:
        """Busy when none is free."""
        if self._free <= 0:
            raise Busy
        self._free -= 1

    def give_back(self) -> None:
        self._free += 1


class Client:
    """One open stream. A client that lags behind by more than `most` is dropped: it gets `closed` and no more."""

    def __init__(self, hub: "Hub", most: int) -> None:
        self._hub, self._most = hub, most
        self._waiting: list[Message] = []
        self._arrived = asyncio.Event()
        self._dropped = self._left = False

    def offer(self, messages: Sequence[Message]) -> None:
        """Never waits."""
        if self._dropped or self._left:
            return
        if len(self._waiting) + len(messages) > self._most:
            STREAM_ENDED.labels(self._hub.vertical, SLOW).inc()
            self._waiting, messages = [], (closed_message(SLOW),)
            self._dropped = True
            self._hub.drop(self)
        self._waiting.extend(messages)
        self._arrived.set()

    async def next(self, seconds: float) -> Sequence[Message]:
        """All that waits, or what comes first within that time, or nothing."""
        if not await wait_for_event(self._arrived, seconds):
            return ()
        taken, self._waiting = self._waiting, []
        self._arrived.clear()
        return taken

    def leave(self) -> None:
        """The answer is through: no more messages, and the seat is free. Harmless when repeated."""
        if not self._left:
            self._left = True
            self._hub.leave(self)


class Hub:
    """Who follows one vertical's feed in this process."""

    def __init__(self, vertical: str, seats: Seats, queue: int) -> None:
        self.vertical = vertical
        self._seats, self._queue = seats, queue
        self._clients: set[Client] = set()

    def __len__(self) -> int:
        return len(self._clients)

    def join(self) -> Client:
        """A client that is sent everything from now on; Busy when all seats of the process are taken."""
        self._seats.take()
        client = Client(self, self._queue)
        self._clients.add(client)
        STREAM_CLIENTS.labels(self.vertical).set(len(self._clients))
        return client

    def leave(self, client: Client) -> None:
        """For one that joined and has not left yet."""
        self._seats.give_back()
        self.drop(client)

    def drop(self, client: Client) -> None:
        """Sent nothing any more; its answer is still under way, so it keeps its seat."""
        self._clients.discard(client)
        STREAM_CLIENTS.labels(self.vertical).set(len(self._clients))

    def send(self, *messages: Message) -> None:
        """To every client's queue."""
        for client in tuple(self._clients):
            client.offer(messages)


class Reader:
    """Reads one vertical's feed, woken by the projections' NOTIFY with a poll behind it, and hands it to the hub."""

    def __init__(self, dsn: str, hub: Hub) -> None:
        self._dsn, self._hub = dsn, hub
        self._woken = asyncio.Event()
        self._stored: str | None = None
        self._changed = False
        self._totals_at = 0.0

    async def run(self) -> None:
        """Until cancelled. A lost connection is opened again, and the feed read on from where it was lost."""
        vertical = self._hub.vertical
        while True:
            try:
                async with store.listening(self._dsn, feed_channel(vertical), self._woken.set) as session:
                    await self._read(session)
            except store.FeedLostError as error:
                FEED_FAILURES.labels(vertical).inc()
                log.warning("feed.again", scope=vertical, error=str(error))
            except Exception:
                FEED_FAILURES.labels(vertical).inc()
                log.exception("feed.skipped", scope=vertical)
                self._stored = None
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self, session: Session) -> NoReturn:
        while True:
            self._woken.clear()
            sent = await self._window(session)
            await self._tell_totals(session)
            if not sent:
                await wait_for_event(self._woken, _POLL_SECONDS)

    async def _window(self, session: Session) -> int:
        fresh = await store.find_snapshot(session)
        sent = 0
        if self._stored not in (None, fresh) and len(self._hub):
            async for rows in store.page_window(session, str(self._stored), fresh):
                self._send(rows)
                sent += len(rows)
        # Nobody waited between the look at the clients and here: whoever joins now reads a later snapshot than this.
        self._stored = fresh
        self._changed = self._changed or sent > 0
        return sent

    def _send(self, rows: Sequence[Row]) -> None:
        self._hub.send(*map(fact_message, rows))
        FEED_READ.labels(self._hub.vertical).inc(len(rows))
        FEED_AGE.labels(self._hub.vertical).observe(max(0.0, time() - rows[0]["at"].timestamp()))

    async def _tell_totals(self, session: Session) -> None:
        now = asyncio.get_running_loop().time()
        due = self._totals_at + (_TOTALS_SECONDS if self._changed else _TOTALS_ANYWAY_SECONDS)
        if now < due or not len(self._hub):
            return
        self._changed, self._totals_at = False, now
        self._hub.send(totals_message(await store.find_today(session)))
