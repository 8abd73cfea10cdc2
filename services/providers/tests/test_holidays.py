"""Public holidays of a place: closed, unless the provider says otherwise."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from services.providers.tests.builders import Desk, booking
from services.providers.tests.test_in_the_way import is_weighed, open_on_mondays, schedule
from services.providers.tests.test_provider import place

from contracts.ids import new_id
from contracts.providers import ProviderUpdated
from providers.domain.closing import (
    MAX_OPEN_HOLIDAYS,
    NoHoliday,
    SpanMisfit,
    decided,
    holiday_on,
    holidays_between,
)
from providers.domain.parts import LimitReached
from providers.domain.provinces import Province

LABOUR, MAY, SALTA = date(2027, 5, 1), date(2027, 5, 25), date(2027, 2, 20)


def test_a_place_is_closed_on_holidays_of_its_province_only() -> None:
    here, there = place(), replace(place(), province=Province.SALTA)
    assert (here.is_closed_on(MAY), here.is_closed_on(SALTA), there.is_closed_on(SALTA)) == (True, False, True)
    opened = replace(here, open_holidays=(MAY,))
    assert (opened.is_closed_on(MAY), opened.is_closed_on(LABOUR)) == (False, True)


def test_holidays_have_a_name_in_spanish() -> None:
    assert [(one.date, one.name) for one in holidays_between(place(), LABOUR, MAY)] == [
        (LABOUR, "Día del Trabajo"),
        (MAY, "Día de la Revolución de Mayo"),
    ]


def test_a_span_is_from_a_day_to_400_days() -> None:
    assert [one.date for one in holidays_between(place(), MAY, MAY)] == [MAY]
    assert holidays_between(place(), MAY, MAY + timedelta(days=399))
    for last in (MAY - timedelta(days=1), MAY + timedelta(days=400)):
        with pytest.raises(SpanMisfit):
            holidays_between(place(), MAY, last)


def test_deciding_forgets_holidays_that_are_over() -> None:
    here = replace(place(), open_holidays=(LABOUR,))
    may = holiday_on(here, MAY)
    assert decided(here, may, True, LABOUR).open_holidays == (LABOUR, MAY)
    assert decided(here, may, True, MAY).open_holidays == (MAY,)
    assert decided(decided(here, may, True, MAY), may, False, MAY).open_holidays == ()


def test_there_are_only_so_many_open_holidays() -> None:
    full = replace(place(), open_holidays=tuple(MAY + timedelta(days=one + 1) for one in range(MAX_OPEN_HOLIDAYS)))
    with pytest.raises(LimitReached):
        decided(full, holiday_on(full, MAY), True, LABOUR)


def test_any_other_day_is_no_holiday() -> None:
    with pytest.raises(NoHoliday):
        holiday_on(place(), date(2027, 5, 26))


async def test_holidays_are_listed_opened_and_closed_again(owner: Desk, visitor: Desk) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/places/{shop.place}/holidays"
    span = "?from=2027-05-01&to=2027-05-25"
    first, last = (await visitor.get(path + span))["items"]
    assert first == {"date": "2027-05-01", "name": "Día del Trabajo", "open": False}
    opened = await owner.put(f"{path}/2027-05-25", {"open": True})
    assert opened == last | {"open": True}
    assert (await visitor.get(path + span))["items"] == [first, opened]
    await owner.put(f"{path}/2027-05-25", {"open": True})
    told = [event.data for event in await owner.told(shop.id)]
    assert isinstance(told[-1], ProviderUpdated)
    assert told[-1].places[0].open_holidays == (MAY,)
    await owner.patch(f"/providers/{shop.id}/places/{shop.place}", {"name": "Sur"})
    assert (await visitor.get(path + span))["items"] == [first, opened]
    assert (await owner.put(f"{path}/2027-05-25", {"open": False}))["open"] is False
    assert len(await owner.told(shop.id)) == len(told) + 2


async def test_a_holiday_closed_again_has_its_bookings_in_its_way(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    path = f"/providers/{shop.id}/places/{shop.place}/holidays/2028-12-25"
    await owner.put(path, {"open": True})
    christmas = booking(shop, "2028-12-25T10:00")
    await owner.booked(christmas, booking(shop, "2028-12-18T10:00"))
    await is_weighed(owner, "PUT", path, {"open": False}, [christmas])
    await owner.put(path, {"open": False})


async def test_who_has_hours_of_their_own_attends_on_a_holiday_too(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    day = f"{schedule(shop)}/days/2027-12-25?placeId={shop.place}"
    await owner.put(day, {"windows": [{"start": "09:00", "end": "12:00"}]})
    await owner.booked(booking(shop, "2027-12-25T10:00"))
    path = f"/providers/{shop.id}/places/{shop.place}/holidays/2027-12-25"
    await owner.put(path, {"open": True})
    await owner.put(path, {"open": False})


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("", "invalid-request"),
        ("from=2027-05-01", "invalid-request"),
        ("from=2027-05-32&to=2027-06-01", "invalid-request"),
        ("from=2027-05-02&to=2027-05-01", "span-misfit"),
        ("from=2027-05-01&to=2028-06-04", "span-misfit"),
        ("from=9999-01-01&to=9999-06-04", "invalid-request"),
    ],
)
async def test_a_span_that_cannot_be_is_refused(owner: Desk, query: str, kind: str) -> None:
    shop = await owner.open_shop()
    refused = await owner.get(f"/providers/{shop.id}/places/{shop.place}/holidays?{query}", 422)
    assert refused["type"] == f"urn:barberpro:problem:{kind}"


async def test_only_holidays_are_decided_and_only_by_the_owner(owner: Desk, visitor: Desk) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/places/{shop.place}/holidays"
    refused = await owner.put(f"{path}/2027-05-26", {"open": True}, 422)
    assert refused["type"] == "urn:barberpro:problem:no-holiday"
    for body in ({}, {"open": None}, {"open": "quizás"}, {"open": True, "why": "x"}):
        await owner.put(f"{path}/2027-05-25", body, 422)
    await visitor.put(f"{path}/2027-05-25", {"open": True}, 401)
    await owner.put(f"{path}/2027-05-25".replace(shop.place, str(new_id())), {"open": True}, 404)
