"""One transaction per batch: lock the position, keep the ids, apply what is new, move the position.

It knows no Kafka client: a record is anything with topic, partition, offset, key, value and headers.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

import structlog

from common import road
from common.errors import Busy, NotReady, TooSlow
from common.metrics import EVENT_LAG_SECONDS, EVENTS_APPLIED, EVENTS_PARKED, EVENTS_REPEATED, from_zero
from common.subscriptions import Subscription, Subscriptions
from common.telemetry import trace_id_of
from common.uow import UnitOfWork, Work
from contracts.base import Fact
from contracts.envelope import (
    SHARED,
    Envelope,
    Event,
    MalformedEventError,
    UnreadableDataError,
    decode,
    decode_tombstone,
    header,
)
from contracts.ids import instant_of

log = structlog.get_logger()
C = TypeVar("C")
_ATTEMPTS: Final = 3
_BACKOFF_SECONDS: Final = 0.1
_LOGGED_AT_MOST: Final = 50
_BEHIND: Final = "an earlier event of this aggregate is parked"
_CLOCK_SKEW: Final = timedelta(days=1)

OUTAGES: Final = (Busy, NotReady)
"""What says nothing about the event (a statement that is too slow does): the batch is tried again until it passes."""


class Record(Protocol):
    """A Kafka record, as far as the inbox looks at it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A record and the event in it. A `reason` says why it is parked: it is malformed, or its use case failed."""

    record: Record
    event: Event[Fact] | None
    reason: str = ""
    unread: Envelope | None = None
    """Whose event it is, where only its data could not be read."""

    @property
    def known(self) -> Event[Fact] | Envelope | None:
        """What has an id and an aggregate; None for a record that is malformed through and through."""
        return self.event or self.unread

    @property
    def subject(self) -> str:
        """What is parked together: the aggregate, over all its topics; a malformed record stands alone."""
        if self.known is not None:
            return str(self.known.subject)
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"


def is_for(scope: str, record: Record) -> bool:
    """Whether the scope reads this record, decided on its headers alone; one without the header is looked into."""
    vertical = _vertical(record)
    return vertical is None or scope == SHARED or vertical in (scope, SHARED)


def _vertical(record: Record) -> str | None:
    return header(_headers(record), "ce_vertical")


def _headers(record: Record) -> dict[str, bytes]:
    """A header may come without a value."""
    return {name: value or b"" for name, value in record.headers}


def _text(raw: bytes) -> str:
    """For PostgreSQL, whose text holds no NUL."""
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")


def open_letter(record: Record) -> Letter:
    """Decode; a malformed record becomes a letter with a reason that quotes nothing of it.

    One whose data alone cannot be read, as a newer writer's, is still its aggregate's: it is parked as such, so that
    nothing of the aggregate overtakes it, and applied by `replay` after the upgrade.
    """
    try:
        if record.value is not None:
            event = decode(record.value)
        else:
            event = decode_tombstone(record.key or b"", _headers(record))
    except UnreadableDataError as error:
        wrong = _wrong(record, error.envelope)
        return Letter(record, None, wrong) if wrong else Letter(record, None, str(error), error.envelope)
    except MalformedEventError as error:
        return Letter(record, None, str(error))
    wrong = _wrong(record, event)
    return Letter(record, None, wrong) if wrong else Letter(record, event)


def _wrong(record: Record, told: Event[Fact] | Envelope) -> str:
    """What an event says of itself and its record contradicts, or nothing."""
    if told.type != record.topic:
        return "the type is not the topic"
    if told.vertical != _vertical(record):
        return "the vertical is not the header's"
    if instant_of(told.id) > datetime.now(UTC) + _CLOCK_SKEW:
        return "the event id lies in the future"
    return ""


class Inbox(Generic[C]):
    """Applies the records of one scope to one service's schema, each event once."""

    def __init__(self, service: str, scope: str, context: C, uow: UnitOfWork, table: Subscriptions[C]) -> None:
        self._service, self._scope, self._context = service, scope, context
        self._uow, self._table = uow, table
        from_zero(EVENTS_PARKED, [service], [scope], table.topics)

    async def take(self, cluster: str, records: Sequence[Record]) -> None:
        """The records of one partition, in order. Raises one of OUTAGES; whatever is wrong with an event parks it."""
        letters = iter([open_letter(record) for record in records if is_for(self._scope, record)])
        subscription = self._table.of(records[0].topic)
        while chunk := list(islice(letters, subscription.at_once)):
            await self._apply_or_single_out(cluster, subscription, chunk)

    async def _apply_or_single_out(self, cluster: str, subscription: Subscription[C], chunk: list[Letter]) -> None:
        try:
            await self._apply_patiently(cluster, subscription, chunk)
        except OUTAGES as error:
            if not isinstance(error, TooSlow):
                raise
            await self._single_out(cluster, subscription, chunk, error)
        except Exception as error:  # noqa: BLE001 - a use case may fail in any way; the letter is parked, not lost
            await self._single_out(cluster, subscription, chunk, error)

    async def _single_out(
        self, cluster: str, subscription: Subscription[C], chunk: list[Letter], error: Exception
    ) -> None:
        if len(chunk) == 1:
            await self._insist(cluster, subscription, chunk[0], error)
            return
        for letter in chunk:
            await self._apply_or_single_out(cluster, subscription, [letter])

    async def _apply_patiently(self, cluster: str, subscription: Subscription[C], chunk: Sequence[Letter]) -> None:
        """A deadlock's victim is tried again here: going back to Kafka for it would cost the group a rebalance."""
        for attempt in range(1, _ATTEMPTS):
            try:
                await self._apply(cluster, subscription, chunk)
            except Busy as error:
                if isinstance(error, TooSlow):
                    raise
                await asyncio.sleep(_BACKOFF_SECONDS * attempt)
            else:
                return
        await self._apply(cluster, subscription, chunk)

    async def _insist(self, cluster: str, subscription: Subscription[C], letter: Letter, first: Exception) -> None:
        error = first
        for attempt in range(1, _ATTEMPTS):
            await asyncio.sleep(_BACKOFF_SECONDS * attempt)
            try:
                await self._apply_patiently(cluster, subscription, [letter])
            except Exception as again:
                if isinstance(again, OUTAGES) and not isinstance(again, TooSlow):
                    raise
                error = again
            else:
                return
        log.error("event.parked", topic=letter.record.topic, subject=letter.subject, exc_info=error)
        failed = replace(letter, reason=f"{type(error).__name__} after {_ATTEMPTS} attempts")
        await self._apply(cluster, subscription, [failed])

    async def _apply(self, cluster: str, subscription: Subscription[C], chunk: Sequence[Letter]) -> None:
        last = chunk[-1].record
        where = {"cluster": cluster, "topic": last.topic, "partition": last.partition}
        async with self._uow.begin(self._scope) as work:
            next_offset = await work.value(road.LOCK_POSITION, **where) or 0
            ahead = [letter for letter in chunk if letter.record.offset >= next_offset]
            if not ahead:
                return
            applied = await self._apply_new(work, subscription, ahead)
            await work.run(road.MOVE_POSITION, **where, next_offset=last.offset + 1)
        self._tell(applied)

    async def _apply_new(
        self, work: Work, subscription: Subscription[C], letters: Sequence[Letter]
    ) -> Sequence[Event[Fact]]:
        new = await _keep_ids(work, letters)
        EVENTS_REPEATED.labels(self._service, self._scope).inc(len(letters) - len(new))
        subjects = sorted({letter.subject for letter in new})
        blocked = {row["subject"] for row in await work.all(road.PARKED_SUBJECTS, subjects=subjects)}
        events = []
        for letter in new:
            reason = letter.reason or (_BEHIND if letter.subject in blocked else "")
            if letter.event is None or reason:
                await self._park(work, letter, reason)
                blocked.add(letter.subject)
            else:
                events.append(letter.event)
        if events:
            await subscription.apply(self._context, work, events)
        return events

    async def _park(self, work: Work, letter: Letter, reason: str) -> None:
        record = letter.record
        await work.run(
            road.INSERT_DEAD_LETTER,
            subject=letter.subject,
            topic=record.topic,
            partition=record.partition,
            record_offset=record.offset,
            key=record.key,
            headers={_text(name.encode()): _text(value) for name, value in _headers(record).items()},
            payload=record.value,
            reason=reason,
        )
        EVENTS_PARKED.labels(self._service, self._scope, record.topic).inc()

    def _tell(self, events: Sequence[Event[Fact]]) -> None:
        now = datetime.now(UTC)
        for event in events:
            EVENTS_APPLIED.labels(self._service, self._scope, event.type).inc()
            EVENT_LAG_SECONDS.labels(self._service, event.type).observe((now - instant_of(event.id)).total_seconds())
        if len(events) > _LOGGED_AT_MOST:
            log.info("events.applied", topic=events[0].type, count=len(events))
            return
        for event in events:
            trace = trace_id_of(event.traceparent)
            log.info(
                "event.applied", topic=event.type, subject=str(event.subject), event_id=str(event.id), trace_id=trace
            )


async def _keep_ids(work: Work, letters: Sequence[Letter]) -> Sequence[Letter]:
    """The letters not seen before, each id once; malformed ones have no id and always count as new."""
    first: dict[UUID, Letter] = {}
    for letter in letters:
        if letter.known is not None:
            first.setdefault(letter.known.id, letter)
    kept = {row["event_id"] for row in await work.all(road.INSERT_INBOX, event_ids=sorted(first))}
    return [
        letter
        for letter in letters
        if letter.known is None or (letter.known.id in kept and first[letter.known.id] is letter)
    ]
