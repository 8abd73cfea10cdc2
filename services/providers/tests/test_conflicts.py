"""Which bookings a change leaves outside."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from contracts.ids import BookingId, PlaceId, ProviderId, ScheduleId, StaffId, new_id
from providers.domain.conflicts import BookingsInTheWay, Care, Rehearsed, Upcoming, beyond, uncovered
from providers.domain.schedule import Day, Schedule, Window

ZONE = "America/Argentina/Cordoba"
MONDAY = date(2027, 3, 1)


def at(hour: int, minute: int = 0, minutes: int = 30, day: date = MONDAY) -> Upcoming:
    """A booking at a local time of Córdoba, three hours behind UTC."""
    starts = datetime.combine(day, time(hour, minute), UTC) + timedelta(hours=3)
    return Upcoming(
        BookingId(new_id()), PlaceId(new_id()), StaffId(new_id()), starts, starts + timedelta(minutes=minutes)
    )


def schedule(*windows: tuple[int, int], days: tuple[Day, ...] = (), valid_from: date | None = None) -> Schedule:
    """Those hours on Mondays."""
    weekly = tuple(Window(1, time(start), time(end)) for start, end in windows)
    ids = ScheduleId(new_id()), ProviderId(new_id()), StaffId(new_id()), PlaceId(new_id())
    return Schedule(*ids, weekly=weekly, valid_from=valid_from, version=1, days=days)


def never(_day: date) -> bool:
    return False


def always(_day: date) -> bool:
    return True


@pytest.mark.parametrize(
    "booking", [at(10), at(19, 30), at(10, minutes=600), at(19, 30, day=MONDAY + timedelta(days=7))]
)
def test_what_fits_into_the_hours_is_covered(booking: Upcoming) -> None:
    assert uncovered([booking], schedule((10, 20)), ZONE, never) == ()


@pytest.mark.parametrize(
    "booking",
    [at(9, 59), at(19, 31), at(9, minutes=700), at(10, day=MONDAY + timedelta(days=1)), at(23, 45), at(7, day=MONDAY)],
)
def test_what_reaches_out_of_the_hours_is_not(booking: Upcoming) -> None:
    assert uncovered([booking], schedule((10, 20)), ZONE, never) == (booking,)


def test_windows_that_touch_are_one_and_a_break_is_not() -> None:
    noon = at(12, 45)
    assert uncovered([noon], schedule((10, 13), (13, 20)), ZONE, never) == ()
    assert uncovered([noon], schedule((10, 13), (14, 20)), ZONE, never) == (noon,)


def test_a_day_s_own_hours_stand_before_the_week_s_and_the_holiday() -> None:
    own = schedule((10, 20), days=(Day(MONDAY, ((time(8), time(9)),)),), valid_from=MONDAY)
    early, late = at(8), at(10)
    assert uncovered([early, late], own, ZONE, always) == (late,)
    assert uncovered([early], replace(own, valid_from=date(2027, 6, 1)), ZONE, always) == (early,)


def test_a_closed_day_a_holiday_and_a_week_to_come_cover_nothing() -> None:
    booking = at(10)
    closed = schedule((10, 20), days=(Day(MONDAY),))
    later = schedule((10, 20), valid_from=MONDAY + timedelta(days=1))
    cases: list[tuple[Schedule | None, Callable[[date], bool]]] = [
        (closed, never),
        (schedule((10, 20)), always),
        (later, never),
        (None, never),
    ]
    for hours, holiday in cases:
        assert uncovered([booking], hours, ZONE, holiday) == (booking,)


def test_of_a_thing_with_fewer_units_the_earlier_bookings_keep_theirs() -> None:
    first, second, third, after = at(10, minutes=60), at(10, 15), at(10, 30), at(11)
    bookings = [after, third, second, first]
    assert beyond(bookings, 3) == ()
    assert beyond(bookings, 2) == (third,)
    assert beyond(bookings, 1) == (second, third)


def test_a_change_in_whose_way_bookings_are_is_refused_accepted_or_rehearsed() -> None:
    booking = at(10)
    Care().weigh([])
    Care(accept=True).weigh([booking])
    with pytest.raises(BookingsInTheWay) as refused:
        Care().weigh([booking])
    listed = {"id": str(booking.id), "startsAt": "2027-03-01T13:00:00Z", "staffId": str(booking.staff_id)}
    assert refused.value.extra == {"total": 1, "conflicts": [listed]}
    for care in (Care(rehearse=True), Care(accept=True, rehearse=True)):
        with pytest.raises(Rehearsed) as told:
            care.weigh([booking])
        assert told.value.conflicts == [booking]


def test_at_most_fifty_are_listed_and_all_are_counted() -> None:
    with pytest.raises(BookingsInTheWay) as refused:
        Care().weigh([at(10) for _ in range(51)])
    listed = refused.value.extra["conflicts"]
    assert isinstance(listed, list)
    assert (refused.value.extra["total"], len(listed)) == (51, 50)
