"""Time off: its rules, over HTTP, and what is told of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.providers.tests.builders import Desk, Shop, SitDown, place_body

from common.errors import NotFound
from common.http import Body
from contracts.ids import ProviderId, StaffId, TimeOffId, new_id
from contracts.providers import TimeOffPublished
from providers.api.times import TimeOffBody, TimeOffShown
from providers.domain.absence import AbsenceMisfit, AbsenceOver, TimeOff

ZONE = "America/Argentina/Cordoba"
NINE = "2026-12-24T09:00"
FEBRUARY = {"starts": "2027-02-01T00:00", "ends": "2027-02-15T00:00"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def absence(starts: datetime, ends: datetime) -> TimeOff:
    return TimeOff(TimeOffId(new_id()), ProviderId(new_id()), StaffId(new_id()), starts, ends, ZONE)


def path(shop: Shop) -> str:
    return f"/providers/{shop.id}/staff/{shop.staff}/time-off"


def test_wall_clock_times_become_instants_of_the_zone() -> None:
    off = absence(local("2027-02-01T00:00"), local("2027-02-02T12:30"))
    assert off.span == (datetime(2027, 2, 1, 3, tzinfo=UTC), datetime(2027, 2, 2, 15, 30, tzinfo=UTC))
    with pytest.raises(AbsenceOver):
        off.must_end_after(off.span[1])
    off.must_end_after(off.span[0])


def test_time_off_lasts_something_and_at_most_400_days() -> None:
    start = local("2027-02-01T00:00")
    assert absence(start, start + timedelta(days=400)).active
    for ends in (start, start - timedelta(minutes=1), start + timedelta(days=400, minutes=1)):
        with pytest.raises(AbsenceMisfit):
            absence(start, ends)


def test_time_off_is_called_off_once() -> None:
    off = absence(local("2027-02-01T00:00"), local("2027-02-02T00:00")).called_off()
    assert (off.active, off.version) == (False, 2)
    with pytest.raises(NotFound):
        off.called_off()


async def test_time_off_is_told_listed_and_called_off(owner: Desk) -> None:
    shop = await owner.open_shop()
    made = await owner.post(path(shop), FEBRUARY)
    assert made == {"id": made["id"], "staffId": shop.staff, "zone": ZONE, **FEBRUARY}
    later = await owner.post(path(shop), {"starts": "2027-01-04T09:00:00", "ends": "2027-01-04T13:00"})
    assert [one["id"] for one in (await owner.get(path(shop)))["items"]] == [later["id"], made["id"]]
    await owner.delete(f"{path(shop)}/{made['id']}")
    await owner.delete(f"{path(shop)}/{made['id']}", 404)
    assert (await owner.get(path(shop)))["items"] == [later]
    facts = [event.data for event in await owner.told(made["id"])]
    assert [isinstance(fact, TimeOffPublished) and fact.active for fact in facts] == [True, False]
    first = facts[0]
    assert isinstance(first, TimeOffPublished)
    assert (first.starts, first.ends, first.zone) == (local("2027-02-01T00:00"), local("2027-02-15T00:00"), ZONE)
    assert [fact.version for fact in facts] == [1, 2]


async def test_somebody_with_an_account_decides_about_their_own(owner: Desk, sit_down: SitDown) -> None:
    shop, nico = await owner.open_shop(), sit_down("client staff:barber")
    await nico.post(path(shop), FEBRUARY, 404)
    await owner.patch(f"/providers/{shop.id}/staff/{shop.staff}", {"accountId": str(nico.account)})
    made = await nico.post(path(shop), FEBRUARY)
    assert (await nico.get(path(shop)))["items"] == [made]
    await nico.delete(f"{path(shop)}/{made['id']}")
    body = {"displayName": "Ana", "placeIds": [shop.place]}
    ana = await owner.post(f"/providers/{shop.id}/staff", body)
    await nico.post(path(shop).replace(shop.staff, ana["id"]), FEBRUARY, 404)


async def test_time_off_is_nobody_else_s_business(owner: Desk, visitor: Desk, sit_down: SitDown) -> None:
    shop = await owner.open_shop()
    made = await owner.post(path(shop), FEBRUARY)
    await visitor.get(path(shop), 401)
    await sit_down("client").get(path(shop), 403)
    other = sit_down()
    await other.get(path(shop), 404)
    await other.delete(f"{path(shop)}/{made['id']}", 404)
    operator = sit_down("operator:*")
    assert (await operator.get(path(shop)))["items"] == [made]
    await operator.post(path(shop), FEBRUARY, 404)
    await operator.get(path(shop).replace(shop.id, str(new_id())), 404)


async def test_the_zone_is_that_of_the_member_s_first_place(owner: Desk) -> None:
    shop = await owner.open_shop()
    far = await owner.post(f"/providers/{shop.id}/places", place_body(province="M", city="Mendoza"))
    ids = [far["id"], shop.place]
    ana = await owner.post(f"/providers/{shop.id}/staff", {"displayName": "Ana", "placeIds": ids})
    made = await owner.post(path(shop).replace(shop.staff, ana["id"]), FEBRUARY)
    assert made["zone"] == "America/Argentina/Mendoza"


async def test_who_attends_nowhere_has_no_time_off(owner: Desk) -> None:
    shop = await owner.open_shop()
    await owner.delete(f"/providers/{shop.id}/places/{shop.place}")
    refused = await owner.post(path(shop), FEBRUARY, 422)
    assert refused["type"] == "urn:barberpro:problem:attends-nowhere"


@pytest.mark.parametrize(
    ("starts", "ends", "kind"),
    [
        ("2027-02-01T00:00", "2027-02-01T00:00", "absence-misfit"),
        ("2027-02-01T00:00", "2028-03-08T00:01", "absence-misfit"),
        ("2026-01-01T00:00", "2026-01-02T00:00", "absence-over"),
        ("2027-02-30T00:00", "2027-03-01T00:00", "invalid-request"),
        ("2027-02-01T00:00Z", "2027-03-01T00:00", "invalid-request"),
        ("2027-02-01T00:00-03:00", "2027-03-01T00:00", "invalid-request"),
        ("2027-02-01", "2027-03-01T00:00", "invalid-request"),
        ("9999-12-31T00:00", "9999-12-31T23:59", "invalid-request"),
        ("2027-02-01T00:00:30", "2027-03-01T00:00", "invalid-request"),
        (1_800_000_000, "2027-03-01T00:00", "invalid-request"),
    ],
)
async def test_time_off_that_cannot_be_is_refused(owner: Desk, starts: Any, ends: Any, kind: str) -> None:
    shop = await owner.open_shop()
    refused = await owner.post(path(shop), {"starts": starts, "ends": ends}, 422)
    assert refused["type"] == f"urn:barberpro:problem:{kind}"
    assert refused["fields"]


async def test_who_writes_a_local_time_otherwise_is_told_how(owner: Desk) -> None:
    shop = await owner.open_shop()
    refused = await owner.post(path(shop), {"starts": "2027-02-01T00:00Z", "ends": "2027-03-01T00:00"}, 422)
    assert refused["fields"] == [{"field": "starts", "reason": "wall_clock", "format": "YYYY-MM-DDTHH:MM"}]


@pytest.mark.parametrize("shape", [TimeOffBody, TimeOffShown])
def test_a_local_time_is_described_as_one_and_not_as_an_instant(shape: type[Body]) -> None:
    told = shape.model_json_schema(mode="serialization" if shape is TimeOffShown else "validation")["properties"]
    assert all("format" not in told[name] and re.match(told[name]["pattern"], NINE) for name in ("starts", "ends"))
    assert not re.match(told["starts"]["pattern"], f"{NINE}Z")


async def test_a_repeated_request_takes_time_off_once(owner: Desk) -> None:
    shop, key = await owner.open_shop(), {"Idempotency-Key": str(new_id())}
    first = await owner.post(path(shop), FEBRUARY, headers=key)
    assert await owner.post(path(shop), FEBRUARY, headers=key) == first
    assert len((await owner.get(path(shop)))["items"]) == 1


async def test_there_are_only_so_many_absences(owner: Desk) -> None:
    shop = await owner.open_shop()
    for day in range(1, 101):
        start = local("2027-01-01T00:00") + timedelta(days=day)
        await owner.post(path(shop), {"starts": f"{start:%Y-%m-%dT%H:%M}", "ends": f"{start:%Y-%m-%d}T12:00"})
    refused = await owner.post(path(shop), FEBRUARY, 409)
    assert refused["type"] == "urn:barberpro:problem:limit-reached"
