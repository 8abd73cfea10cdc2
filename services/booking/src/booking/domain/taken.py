"""What is claimed: units of people and things, and how long each is free."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from booking.domain.span import Span


@dataclass(frozen=True, slots=True)
class Claim:
    """One unit of a person or thing, taken for a span. `resource` is a staff or resource id, or a count's.

    A `count` is no time of anybody's: it is one of so many bookings that a day takes, and stays when the appointment
    is over.
    """

    resource: UUID
    unit: int
    during: Span
    counts: bool = False


@dataclass(slots=True)
class _Unit:
    """Spans in order; no two overlap, as the database has it."""

    spans: list[Span] = field(default_factory=list)

    def is_free(self, during: Span) -> bool:
        before = bisect_left(self.spans, during.end, key=lambda span: span.start) - 1
        return before < 0 or self.spans[before].end <= during.start

    def load(self, during: Span) -> timedelta:
        first = bisect_right(self.spans, during.start, key=lambda span: span.end)
        last = bisect_left(self.spans, during.end, key=lambda span: span.start)
        return sum(
            (min(span.end, during.end) - max(span.start, during.start) for span in self.spans[first:last]), timedelta(0)
        )


class Taken:
    """The live claims of a stretch of time, to be asked again and again."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._units: dict[UUID, dict[int, _Unit]] = {}
        for claim in sorted(claims, key=lambda one: one.during.start):
            self._units.setdefault(claim.resource, {}).setdefault(claim.unit, _Unit()).spans.append(claim.during)

    def free_unit(self, resource: UUID, capacity: int, during: Span, first: int = 0) -> int | None:
        """A unit that nobody has for any of the span, the first from `first` on and around; None when all are taken."""
        units = self._units.get(resource, {})
        for number in range(capacity):
            unit = (first + number) % capacity
            if unit not in units or units[unit].is_free(during):
                return unit
        return None

    def count(self, resource: UUID, during: Span) -> int:
        """How many units somebody has for any of the span, whatever their number: a cap may have been higher."""
        return sum(not unit.is_free(during) for unit in self._units.get(resource, {}).values())

    def is_free(self, resource: UUID, during: Span) -> bool:
        """Whether somebody who can do one thing at a time is free all the while."""
        return self.free_unit(resource, 1, during) is not None

    def load(self, resource: UUID, during: Span) -> timedelta:
        """How much of the span is claimed."""
        return sum((unit.load(during) for unit in self._units.get(resource, {}).values()), timedelta(0))
