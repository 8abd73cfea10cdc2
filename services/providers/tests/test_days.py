"""Days with hours of their own over HTTP, and what is told of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from services.providers.tests.builders import Desk, Shop

from contracts.ids import new_id
from contracts.providers import SchedulePublished

MORNING = {"start": "09:00", "end": "13:00"}
WEEK = [{"day": 1, "start": "10:00", "end": "20:00"}]


def path(shop: Shop, day: str = "") -> str:
    schedule = f"/providers/{shop.id}/staff/{shop.staff}/schedule"
    return f"{schedule}/days/{day}?placeId={shop.place}" if day else schedule


async def told(owner: Desk, schedule: str) -> SchedulePublished:
    fact = (await owner.told(schedule))[-1].data
    assert isinstance(fact, SchedulePublished)
    return fact


async def test_days_are_kept_in_order_shown_and_told(owner: Desk, visitor: Desk) -> None:
    shop = await owner.open_shop()
    days = [{"date": "2027-12-25", "windows": []}, {"date": "2027-12-24", "windows": [MORNING]}]
    made = await owner.put(path(shop), {"placeId": shop.place, "weekly": WEEK, "days": days})
    assert made["days"] == days[::-1]
    assert (await visitor.get(path(shop)))["items"] == [made]
    fact = await told(owner, made["id"])
    assert [(str(one.day), [f"{each.start:%H:%M}-{each.end:%H:%M}" for each in one.hours]) for one in fact.days] == [
        ("2027-12-24", ["09:00-13:00"]),
        ("2027-12-25", []),
    ]


async def test_publishing_hours_without_days_replaces_the_days_too(owner: Desk) -> None:
    shop = await owner.open_shop()
    days = [{"date": "2027-12-25", "windows": []}]
    await owner.put(path(shop), {"placeId": shop.place, "weekly": WEEK, "days": days})
    assert (await owner.put(path(shop), {"placeId": shop.place, "weekly": WEEK}))["days"] == []


async def test_one_day_is_set_and_cleared_and_the_rest_stays(owner: Desk) -> None:
    shop = await owner.open_shop()
    week = await owner.put(path(shop), {"placeId": shop.place, "weekly": WEEK, "validFrom": "2026-12-01"})
    await owner.put(path(shop, "2027-12-25"), {"windows": []})
    changed = await owner.put(path(shop, "2027-12-24"), {"windows": [MORNING]})
    assert [one["date"] for one in changed["days"]] == ["2027-12-24", "2027-12-25"]
    assert (changed["id"], changed["version"], changed["validFrom"]) == (week["id"], 3, "2026-12-01")
    assert changed["weekly"] == WEEK
    await owner.delete(path(shop, "2027-12-24"))
    await owner.delete(path(shop, "2027-12-24"), 404)
    assert [str(one.day) for one in (await told(owner, week["id"])).days] == ["2027-12-25"]


async def test_a_day_can_be_set_where_no_week_was_published(owner: Desk) -> None:
    shop = await owner.open_shop()
    await owner.delete(path(shop, "2027-12-24"), 404)
    made = await owner.put(path(shop, "2027-12-24"), {"windows": [MORNING]})
    assert (made["weekly"], made["days"]) == ([], [{"date": "2027-12-24", "windows": [MORNING]}])


async def test_days_are_the_owner_s_to_set(owner: Desk, sit_down: Any) -> None:
    shop = await owner.open_shop()
    await sit_down().put(path(shop, "2027-12-24"), {"windows": []}, 404)
    await sit_down("client").put(path(shop, "2027-12-24"), {"windows": []}, 403)
    elsewhere = path(shop, "2027-12-24").replace(shop.place, str(new_id()))
    assert (await owner.put(elsewhere, {"windows": []}, 422))["type"] == "urn:barberpro:problem:staff-not-at-place"


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        ([{"date": "2027-12-24", "windows": []}] * 2, "repeated-day"),
        ([{"date": "2027-12-24", "windows": [MORNING, {"start": "12:00", "end": "14:00"}]}], "overlapping-hours"),
        ([{"date": "2027-12-24", "windows": [{"start": "12:00", "end": "12:00"}]}], "ends-before-start"),
        ([{"date": "2027-12-24", "windows": [{"start": "12:00", "end": "24:00"}]}], "invalid-request"),
        ([{"date": "2027-12-32", "windows": []}], "invalid-request"),
        ([{"date": "9999-12-31", "windows": []}], "invalid-request"),
        ([{"date": "2027-12-24"}], "invalid-request"),
        ([{"date": "2027-12-24", "windows": [MORNING | {"day": 1}]}], "invalid-request"),
        (None, "invalid-request"),
    ],
)
async def test_days_that_cannot_be_are_refused(owner: Desk, days: Any, kind: str) -> None:
    shop = await owner.open_shop()
    refused = await owner.put(path(shop), {"placeId": shop.place, "weekly": [], "days": days}, 422)
    assert refused["type"] == f"urn:barberpro:problem:{kind}"
    assert refused["fields"]


async def test_there_are_at_most_400_days(owner: Desk) -> None:
    shop = await owner.open_shop()
    days = [{"date": str(date(2027, 1, 1) + timedelta(days=ahead)), "windows": []} for ahead in range(401)]
    refused = await owner.put(path(shop), {"placeId": shop.place, "weekly": [], "days": days}, 422)
    assert [one["field"] for one in refused["fields"]] == ["days"]
    await owner.put(path(shop), {"placeId": shop.place, "weekly": [], "days": days[:400]})
    one_more = await owner.put(path(shop, "2028-02-05"), {"windows": []}, 409)
    assert one_more["type"] == "urn:barberpro:problem:limit-reached"


@pytest.mark.parametrize(("day", "body"), [("2027-13-01", {"windows": []}), ("2027-12-24", {}), ("1999-01-01", {})])
async def test_a_day_that_cannot_be_is_refused(owner: Desk, day: str, body: dict[str, Any]) -> None:
    shop = await owner.open_shop()
    await owner.put(path(shop, day), body, 422)
    await owner.put(path(shop, "2027-12-24").partition("?")[0], {"windows": []}, 422)
