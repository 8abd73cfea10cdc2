"""Weekly hours, and days with hours of their own."""

from datetime import date, time

import pytest

from common.errors import NotFound
from contracts.ids import PlaceId, ProviderId, ScheduleId, StaffId, new_id
from providers.domain.parts import LimitReached
from providers.domain.schedule import (
    MAX_DAYS,
    Day,
    EndsBeforeStart,
    OverlappingHours,
    RepeatedDay,
    Schedule,
    Window,
    days_of,
    week_of,
)

EVE, CHRISTMAS = date(2026, 12, 24), date(2026, 12, 25)


def hours(day: int, start: str, end: str) -> Window:
    return Window(day, time.fromisoformat(start), time.fromisoformat(end))


def test_a_week_is_in_order_whatever_order_it_came_in() -> None:
    late, early, morning = hours(2, "10:00", "13:00"), hours(1, "17:00", "22:30"), hours(1, "10:00", "13:00")
    assert week_of([late, early, morning]) == (morning, early, late)


def test_a_window_may_start_when_another_ends() -> None:
    assert len(week_of([hours(1, "10:00", "13:00"), hours(1, "13:00", "14:00")])) == 2


@pytest.mark.parametrize("second", [("12:59", "14:00"), ("10:30", "11:00"), ("10:00", "13:00")])
def test_windows_that_share_time_are_refused(second: tuple[str, str]) -> None:
    with pytest.raises(OverlappingHours):
        week_of([hours(1, "10:00", "13:00"), hours(1, *second)])


def test_the_same_hours_on_another_day_are_no_overlap() -> None:
    assert len(week_of([hours(1, "10:00", "13:00"), hours(2, "10:00", "13:00")])) == 2


@pytest.mark.parametrize("end", ["10:00", "09:00"])
def test_a_window_ends_after_it_starts(end: str) -> None:
    with pytest.raises(EndsBeforeStart):
        hours(1, "10:00", end)


def day(on: date, *windows: tuple[str, str]) -> Day:
    return Day(on, tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in windows))


def schedule(*days: Day) -> Schedule:
    ids = ScheduleId(new_id()), ProviderId(new_id()), StaffId(new_id()), PlaceId(new_id())
    return Schedule(*ids, weekly=(), valid_from=None, version=1, days=days)


def test_the_windows_of_a_day_are_in_order_and_may_touch() -> None:
    assert day(EVE, ("13:00", "14:00"), ("09:00", "13:00")) == day(EVE, ("09:00", "13:00"), ("13:00", "14:00"))


def test_windows_of_a_day_that_cannot_be_are_refused() -> None:
    with pytest.raises(OverlappingHours):
        day(EVE, ("09:00", "13:00"), ("12:59", "14:00"))
    with pytest.raises(EndsBeforeStart):
        day(EVE, ("09:00", "09:00"))


def test_each_date_stands_there_once() -> None:
    assert days_of([day(CHRISTMAS), day(EVE)]) == (day(EVE), day(CHRISTMAS))
    with pytest.raises(RepeatedDay):
        days_of([day(EVE), day(EVE, ("09:00", "10:00"))])


def test_setting_a_day_replaces_it_and_forgets_those_that_are_over() -> None:
    known = schedule(day(date(2026, 11, 1)), day(EVE), day(CHRISTMAS))
    longer = day(EVE, ("09:00", "13:00"))
    assert known.with_day(longer, today=EVE).days == (longer, day(CHRISTMAS))


def test_there_are_only_so_many_days() -> None:
    full = schedule(*(day(date.fromordinal(EVE.toordinal() + ahead)) for ahead in range(MAX_DAYS)))
    assert len(full.with_day(day(EVE, ("09:00", "13:00")), today=EVE).days) == MAX_DAYS
    with pytest.raises(LimitReached):
        full.with_day(day(date(2030, 1, 1)), today=EVE)


def test_a_day_is_cleared_once() -> None:
    cleared = schedule(day(EVE), day(CHRISTMAS)).without_day(EVE)
    assert cleared.days == (day(CHRISTMAS),)
    with pytest.raises(NotFound):
        cleared.without_day(EVE)
