"""Bookings that a change of hours, places, people or things would leave outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import Refusal
from contracts.ids import BookingId, PlaceId, StaffId
from providers.domain.schedule import Schedule

MOST_LISTED: Final = 50
KEPT_FOR: Final = timedelta(days=1)
"""How long a booking that has ended is remembered."""


class BookingsInTheWay(Refusal):
    """The change would leave bookings outside: move them first, or accept it."""


class Rehearsed(Exception):  # noqa: N818 - an answer, not a malfunction
    """The change was only tried: what would be in its way, and nothing is saved."""

    def __init__(self, conflicts: Sequence["Upcoming"]) -> None:
        super().__init__(self.__doc__)
        self.conflicts = conflicts


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A booking, or one service of a visit, that occupies its slot and is not over; its client is nobody's business."""

    id: BookingId
    place_id: PlaceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Care:
    """What becomes of a change that has bookings in its way: it is refused, unless they are accepted; a rehearsal
    saves nothing either way."""

    accept: bool = False
    rehearse: bool = False

    def weigh(self, conflicts: Sequence[Upcoming]) -> None:
        """Rehearsed or BookingsInTheWay, where the change must not go on. A visit is one, whatever of it is outside."""
        whole: dict[BookingId, Upcoming] = {}
        for one in conflicts:
            whole.setdefault(one.id, one)
        conflicts = list(whole.values())
        if self.rehearse:
            raise Rehearsed(conflicts)
        if conflicts and not self.accept:
            raise BookingsInTheWay(total=len(conflicts), conflicts=[_listed(one) for one in conflicts[:MOST_LISTED]])


def uncovered(
    bookings: Sequence[Upcoming], schedule: Schedule | None, zone: str, closed: Callable[[date], bool]
) -> tuple[Upcoming, ...]:
    """Those of the schedule's member at its place that do not fit into its hours; without a schedule all.

    `closed` says whether a day is a public holiday on which the place does not attend.
    """
    if schedule is None:
        return tuple(bookings)
    local = ZoneInfo(zone)
    return tuple(one for one in bookings if not _is_covered(one, schedule, local, closed))


def taken_out(before: Sequence[Upcoming], after: Sequence[Upcoming]) -> tuple[Upcoming, ...]:
    """Of those that are outside after a change whom it took out: who was outside before was accepted, or came since."""
    already = set(before)
    return tuple(one for one in after if one not in already)


def beyond(bookings: Sequence[Upcoming], capacity: int) -> tuple[Upcoming, ...]:
    """Of bookings of one thing those for which there is no unit left, the earlier ones first."""
    kept: list[Upcoming] = []
    left_out: list[Upcoming] = []
    for one in sorted(bookings, key=lambda each: (each.starts_at, each.id)):
        kept = [each for each in kept if each.ends_at > one.starts_at]
        (kept if len(kept) < capacity else left_out).append(one)
    return tuple(left_out)


def _is_covered(booking: Upcoming, schedule: Schedule, zone: ZoneInfo, closed: Callable[[date], bool]) -> bool:
    starts = booking.starts_at.astimezone(zone).replace(tzinfo=None)
    ends = booking.ends_at.astimezone(zone).replace(tzinfo=None)
    day = starts.date()
    windows = _joined(schedule.hours_on(day, closed(day)))
    return any(
        datetime.combine(day, opens) <= starts and ends <= datetime.combine(day, shuts) for opens, shuts in windows
    )


def _joined(windows: Sequence[tuple[time, time]]) -> list[tuple[time, time]]:
    """Windows that touch are one."""
    joined: list[tuple[time, time]] = []
    for opens, shuts in windows:
        if joined and joined[-1][1] == opens:
            joined[-1] = joined[-1][0], shuts
        else:
            joined.append((opens, shuts))
    return joined


def _listed(booking: Upcoming) -> dict[str, str]:
    return {
        "id": str(booking.id),
        "startsAt": f"{booking.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "staffId": str(booking.staff_id),
    }
