"""Kafka as far as the saga can tell: order within a key of a topic, none across; repeats at any time; nothing is lost.

A record that is "dropped" is one that comes later: with an outbox behind it Kafka has no other way of losing anything.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any


@dataclass(frozen=True, slots=True)
class Sent:
    """A Kafka record. Every key has its partition to itself, so that keys overtake each other within a topic too."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    offset: int
    partition: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Stream:
    """What reaches one reader in order."""

    reader: str
    topic: str
    key: bytes


class Broker:
    """Holds what was published until it is handed over. Streams are listed in an order that depends on ids alone."""

    def __init__(self, readers: Mapping[str, Iterable[str]]) -> None:
        self._topics = {reader: frozenset(topics) for reader, topics in readers.items()}
        self._waiting: dict[Stream, deque[Sent]] = {}
        self._given: dict[str, list[Sent]] = {reader: [] for reader in readers}
        self._offset = 0
        self.cut_off: set[str] = set()

    def publish(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """What a relay read of an outbox, in the order of its ids."""
        for row in rows:
            self._offset += 1
            sent = Sent(
                row["topic"],
                str(row["key"]).encode(),
                row["payload"],
                [(name, str(value).encode()) for name, value in row["headers"].items()],
                self._offset,
            )
            for reader, topics in self._topics.items():
                if sent.topic in topics:
                    self._waiting.setdefault(Stream(reader, sent.topic, sent.key), deque()).append(sent)

    def streams(self) -> list[Stream]:
        """Those with something to hand over to a reader that is not cut off."""
        return sorted(stream for stream in self._waiting if stream.reader not in self.cut_off)

    def next_of(self, stream: Stream, most: int) -> list[Sent]:
        """Up to `most` records of the stream and, if it has fewer, of other keys of its topic: one polled batch."""
        others = [each for each in self.streams() if (each.reader, each.topic) == (stream.reader, stream.topic)]
        ordered = [stream, *(each for each in others if each != stream)]
        return list(islice((sent for each in ordered for sent in self._waiting[each]), most))

    def handed_over(self, reader: str, batch: Iterable[Sent]) -> None:
        """The reader committed them; they may come again all the same."""
        for sent in batch:
            stream = Stream(reader, sent.topic, sent.key)
            assert self._waiting[stream].popleft() is sent
            if not self._waiting[stream]:
                del self._waiting[stream]
            self._given[reader].append(sent)

    def given(self, reader: str) -> Sequence[Sent]:
        """What was handed over to a reader, oldest first; nothing while it is cut off."""
        return () if reader in self.cut_off else self._given[reader]

    def everything_given(self, reader: str) -> Sequence[Sent]:
        """What was handed over to a reader so far."""
        return self._given[reader]

    def readers_of(self, topic: str) -> list[str]:
        """Who subscribed."""
        return [reader for reader, topics in self._topics.items() if topic in topics]
