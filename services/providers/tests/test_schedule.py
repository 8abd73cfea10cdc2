"""Weekly hours."""

from datetime import time

import pytest

from providers.domain.schedule import EndsBeforeStart, OverlappingHours, Window, week_of


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
