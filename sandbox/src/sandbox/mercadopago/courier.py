"""Carries queued notifications to their receivers in the background: signs, sends, retries, keeps the log."""

import asyncio
import json
import logging
import sqlite3
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress

import httpx

from sandbox import clock
from sandbox.knobs import KnobBoard
from sandbox.mercadopago.envelope import Envelope, seal
from sandbox.settings import Settings
from sandbox.store import Store

log = logging.getLogger(__name__)

_PARALLEL = 8
_IDLE_SECONDS = 1.0
_STOP_SECONDS = 0.5
_ACKNOWLEDGED = (200, 201)
_TRIED_ONCE = ("unsigned", "bad_signature")
"""An attacker does not come back when refused, so forgeries are not retried."""


class Courier:
    """A bounded set of deliveries in flight; the queue itself is the table, so it survives the process."""

    def __init__(self, store: Store, board: KnobBoard, settings: Settings) -> None:
        self._store = store
        self._board = board
        self._settings = settings
        self._flying: dict[asyncio.Task[None], str] = {}
        self._wake = asyncio.Event()
        self._watchers: dict[int, asyncio.Event] = {}
        self._loop_task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether the background task is running."""
        return self._loop_task is not None and not self._loop_task.done()

    def start(self) -> None:
        """Begin with whatever an earlier process left in the queue, what it had in its hands first."""
        with self._store.write():
            self._store.run(
                "UPDATE delivery SET due_ms = ? WHERE state = 'pending'"
                " AND attempts > (SELECT count(*) FROM attempt WHERE delivery_id = delivery.id)",
                (clock.now_ms(),),
            )
        self._loop_task = asyncio.create_task(self._run(), name="courier")

    async def stop(self) -> None:
        """Cut deliveries short: what was not acknowledged is still in the queue."""
        tasks = ([self._loop_task] if self._loop_task else []) + [*self._flying]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)

    def wake(self) -> None:
        """Something was queued."""
        self._wake.set()

    async def tried(self, delivery_ids: Iterable[int], timeout_seconds: float = 5.0) -> None:
        """Return once each of these has been attempted, or when the time is up."""
        events = [self._watchers.setdefault(each, asyncio.Event()) for each in delivery_ids]
        self.wake()
        try:
            async with asyncio.timeout(timeout_seconds):
                for event in events:
                    await event.wait()
        except TimeoutError:
            log.warning("a notification was not delivered within the time its caller could wait")
        finally:
            for each in delivery_ids:
                self._watchers.pop(each, None)

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=_PARALLEL * 2)
        # Proxies of the environment are for the way out of this machine; receivers are local.
        async with httpx.AsyncClient(
            timeout=self._settings.webhook_timeout_seconds, limits=limits, trust_env=False
        ) as client:
            while True:
                try:
                    self._send_what_is_due(client)
                    pause = self._pause()
                except sqlite3.Error:
                    log.exception("the delivery queue could not be read")
                    pause = _IDLE_SECONDS
                # Not wait_for: in Python 3.11 it swallows a cancellation that meets the event it waits for.
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                self._wake.clear()

    def _send_what_is_due(self, client: httpx.AsyncClient) -> None:
        while len(self._flying) < _PARALLEL:
            row = self._claim(clock.now_ms())
            if row is None:
                return
            task = asyncio.create_task(self._deliver(client, row))
            self._flying[task] = row["subject"]
            task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flying[task]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a delivery broke off and will be tried again", exc_info=error)

    def _claim(self, now: int) -> sqlite3.Row | None:
        """The next due row, its next attempt already scheduled: dying in the middle means trying again.

        Unless the knob `reorder` is on, one subject's notifications leave one after another.
        """
        row = self._next()
        if row is None or row["due_ms"] > now:
            return None
        with self._store.write():
            self._store.run(
                "UPDATE delivery SET attempts = attempts + 1, due_ms = ? WHERE id = ?",
                (now + self._interval_ms(row["attempts"] + 1), row["id"]),
            )
        return row

    def _next(self) -> sqlite3.Row | None:
        busy = [] if self._board.now.reorder else sorted(set(self._flying.values()))
        return self._store.one(
            "SELECT * FROM delivery WHERE state = 'pending' AND subject NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY due_ms, id LIMIT 1",
            (json.dumps(busy),),
        )

    def _interval_ms(self, attempts: int) -> int:
        """The same interval three times, then doubling, as MercadoPago's 15 minutes do."""
        # The time-out comes on top: a delivery in flight must not become due again.
        seconds = self._settings.webhook_retry_seconds * float(2 ** max(0, attempts - 3))
        return int((seconds + self._settings.webhook_timeout_seconds) * 1000)

    def _pause(self) -> float:
        row = None if len(self._flying) >= _PARALLEL else self._next()
        if row is None:
            return _IDLE_SECONDS
        due_ms: int = row["due_ms"]
        return min(_IDLE_SECONDS, max(0.005, (due_ms - clock.now_ms()) / 1000))

    async def _deliver(self, client: httpx.AsyncClient, row: sqlite3.Row) -> None:
        envelope = seal(row, self._settings, self._board.now, request_id=str(uuid.uuid4()), now=clock.now_ms())
        began = time.monotonic()
        status, error = None, None
        try:
            reply = await client.post(envelope.url, content=envelope.body, headers=envelope.headers)
            status = reply.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            error = type(failure).__name__
        self._note(row, envelope, status, error, int((time.monotonic() - began) * 1000))
        if (watcher := self._watchers.get(row["id"])) is not None:
            watcher.set()

    def _note(self, row: sqlite3.Row, envelope: Envelope, status: int | None, error: str | None, took_ms: int) -> None:
        """Write the attempt and what becomes of the delivery."""
        now, attempts = clock.now_ms(), row["attempts"] + 1
        state = "pending"
        if status in _ACKNOWLEDGED:
            state = "delivered"
        elif row["kind"] in _TRIED_ONCE:
            state = "refused"
        elif attempts >= self._settings.webhook_max_attempts:
            state = "failed"
        due = now + self._interval_ms(attempts) - int(self._settings.webhook_timeout_seconds * 1000)
        with self._store.write():
            # The data may have been emptied while the delivery was under way.
            if self._store.one("SELECT 1 FROM delivery WHERE id = ?", (row["id"],)) is None:
                return
            self._store.run("UPDATE delivery SET state = ?, due_ms = ? WHERE id = ?", (state, due, row["id"]))
            self._store.run(
                "INSERT INTO attempt (delivery_id, at_ms, took_ms, status, error, request_id, signed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row["id"], now, took_ms, status, error, envelope.request_id, envelope.ts),
            )
