"""What a service listens to: one readable table of `react` and `project` lines."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

from opentelemetry.trace import SpanKind

from common.telemetry import span
from common.uow import Work
from contracts.base import Fact
from contracts.envelope import Event

C = TypeVar("C")
F = TypeVar("F", bound=Fact)
Reaction: TypeAlias = Callable[[C, Work, Event[F]], Awaitable[None]]
Projection: TypeAlias = Callable[[C, Work, Sequence[Event[F]]], Awaitable[None]]

_PROJECTED_AT_ONCE: Final = 500
_REACTED_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Subscription(Generic[C]):
    """Facts and what is done with them, at most `at_once` in one transaction."""

    facts: tuple[type[Fact], ...]
    apply: Callable[[C, Work, Sequence[Event[Any]]], Awaitable[None]]
    at_once: int


def react(fact: type[F], handle: Reaction[C, F]) -> Subscription[C]:
    """A use case per event, run one by one in the order of the record's offsets."""

    async def one_by_one(context: C, work: Work, events: Sequence[Event[F]]) -> None:
        for event in events:
            with span(f"{event.type} received", SpanKind.CONSUMER, event.traceparent):
                await handle(context, work, event)

    return Subscription((fact,), one_by_one, _REACTED_AT_ONCE)


def project(*facts: type[F], into: Projection[C, F]) -> Subscription[C]:
    """A set-based write for a batch of events; it upserts where `sequence` is higher."""
    return Subscription(facts, into, _PROJECTED_AT_ONCE)


def newest(events: Iterable[Event[F]]) -> list[F]:
    """One fact per aggregate, the newest, by id: an upsert may touch a row once, and batches lock rows in one order."""
    found: dict[UUID, F] = {}
    for event in events:
        known = found.get(event.subject)
        if known is None or event.sequence > known.version:
            found[event.subject] = event.data
    return [found[subject] for subject in sorted(found)]


class Subscriptions(Generic[C]):
    """The table by topic; a topic stands in one line only."""

    def __init__(self, lines: Sequence[Subscription[C]]) -> None:
        self._by_topic: dict[str, Subscription[C]] = {}
        for line in lines:
            for fact in line.facts:
                if fact.topic in self._by_topic:
                    raise ValueError(f"two lines for {fact.topic}")
                self._by_topic[fact.topic] = line

    @property
    def topics(self) -> list[str]:
        return sorted(self._by_topic)

    def of(self, topic: str) -> Subscription[C]:
        """KeyError for a topic nobody asked for."""
        return self._by_topic[topic]
