"""Places, chairs, staff and hours over HTTP, and what is told of them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from services.providers.tests.builders import Desk, place_body

from contracts.ids import new_id
from contracts.providers import ProviderFact, ProviderUpdated, SchedulePublished


async def last_told(owner: Desk, provider: str) -> ProviderFact:
    events = await owner.told(provider)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    fact = events[-1].data
    assert isinstance(fact, ProviderUpdated)
    return fact


async def test_a_place_keeps_its_province_s_zone_and_is_told_whole(owner: Desk) -> None:
    made = await owner.post("/providers", {"displayName": f"Nico {new_id()}"})
    body = place_body(province="M", city="Mendoza", lat=-32.89, lon=-68.84)
    place = await owner.post(f"/providers/{made['id']}/places", body)
    assert place["zone"] == "America/Argentina/Mendoza"
    assert (place["lat"], place["lon"]) == (-32.89, -68.84)
    (told,) = (await last_told(owner, made["id"])).places
    assert (str(told.place_id), told.zone, told.city, told.province) == (
        place["id"],
        "America/Argentina/Mendoza",
        "Mendoza",
        "M",
    )
    assert (told.point.lat, told.point.lon) == (-32.89, -68.84)


async def test_changes_made_at_once_are_told_one_after_the_other_and_none_is_lost(owner: Desk) -> None:
    made = await owner.post("/providers", {"displayName": f"Nico {new_id()}"})
    bodies = [place_body(name=f"Sucursal {number}") for number in range(8)]
    opened = await asyncio.gather(*(owner.post(f"/providers/{made['id']}/places", body) for body in bodies))
    told = await last_told(owner, made["id"])
    assert told.version == 9
    assert {str(one.place_id) for one in told.places} == {one["id"] for one in opened}


async def test_a_zone_of_one_s_own_is_taken_when_it_exists(owner: Desk) -> None:
    made = await owner.post("/providers", {"displayName": f"Nico {new_id()}"})
    path = f"/providers/{made['id']}/places"
    assert (await owner.post(path, place_body(zone="America/Argentina/Salta")))["zone"] == "America/Argentina/Salta"
    refused = await owner.post(path, place_body(zone="America/Cordova"), 422)
    assert refused["type"] == "urn:barberpro:problem:unknown-zone"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"province": "I"}, "province"),
        ({"lat": 91}, "lat"),
        ({"lat": "norte"}, "lat"),
        ({"name": ""}, "name"),
        ({"country": "AR"}, "country"),
    ],
)
async def test_a_wrong_field_of_a_place_is_named(owner: Desk, more: dict[str, Any], field: str) -> None:
    made = await owner.post("/providers", {"displayName": f"Nico {new_id()}"})
    refused = await owner.post(f"/providers/{made['id']}/places", place_body(**more), 422)
    assert [one["field"] for one in refused["fields"]] == [field]


async def test_latitude_and_longitude_the_wrong_way_round_are_noticed(owner: Desk) -> None:
    made = await owner.post("/providers", {"displayName": f"Nico {new_id()}"})
    refused = await owner.post(f"/providers/{made['id']}/places", place_body(lat=-64.18, lon=-31.41), 422)
    assert refused["type"] == "urn:barberpro:problem:outside-argentina"


async def test_chairs_are_told_with_their_place_and_can_change_and_go(owner: Desk) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/places/{shop.place}/resources"
    room = await owner.post(path, {"kind": "room", "name": "Box", "capacity": 2})
    told = (await last_told(owner, shop.id)).places[0].resources
    assert [(one.kind, one.capacity) for one in told] == [("chair", 1), ("room", 2)]
    changed = await owner.patch(f"{path}/{room['id']}", {"capacity": 3})
    assert (changed["name"], changed["capacity"]) == ("Box", 3)
    await owner.delete(f"{path}/{room['id']}")
    await owner.delete(f"{path}/{room['id']}", 404)
    assert [one.kind for one in (await last_told(owner, shop.id)).places[0].resources] == ["chair"]


@pytest.mark.parametrize("body", [{"kind": "sofa", "name": "x"}, {"kind": "chair", "name": "x", "capacity": 0}])
async def test_a_chair_that_cannot_be_is_refused(owner: Desk, body: dict[str, Any]) -> None:
    shop = await owner.open_shop()
    await owner.post(f"/providers/{shop.id}/places/{shop.place}/resources", body, 422)


async def test_a_chair_stands_in_a_place_of_the_provider(owner: Desk) -> None:
    shop, other = await owner.open_shop(), await owner.open_shop()
    body = {"kind": "chair", "name": "Sillón"}
    await owner.post(f"/providers/{shop.id}/places/{other.place}/resources", body, 404)


async def test_a_place_can_move_a_little_but_not_abroad(owner: Desk) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/places/{shop.place}"
    moved = await owner.patch(path, {"lat": -31.5, "address": "Colón 1"})
    assert (moved["lat"], moved["lon"], moved["address"], moved["name"]) == (-31.5, -64.1833, "Colón 1", "Centro")
    await owner.patch(path, {"lat": 40.4}, 422)
    await owner.patch(path, {"name": None}, 422)
    assert (await last_told(owner, shop.id)).places[0].point.lat == -31.5


async def test_a_closed_place_is_gone_with_its_chairs_and_nobody_works_there(owner: Desk) -> None:
    shop = await owner.open_shop()
    await owner.delete(f"/providers/{shop.id}/places/{shop.place}")
    told = await last_told(owner, shop.id)
    assert told.places == ()
    assert [one.place_ids for one in told.staff] == [()]
    seen = await owner.get(f"/providers/{shop.id}")
    assert (seen["places"], seen["staff"][0]["placeIds"]) == ([], [])


async def test_staff_are_told_by_id_without_their_name(owner: Desk) -> None:
    shop, account = await owner.open_shop(), new_id()
    body = {"displayName": "Ana Canario", "placeIds": [shop.place], "accountId": str(account)}
    ana = await owner.post(f"/providers/{shop.id}/staff", body)
    told = await last_told(owner, shop.id)
    assert [one.account_id for one in told.staff if str(one.staff_id) == ana["id"]] == [account]
    assert "Ana Canario" not in told.model_dump_json()
    assert (await owner.patch(f"/providers/{shop.id}/staff/{ana['id']}", {"displayName": "Ani"}))["placeIds"] == [
        shop.place
    ]
    await owner.delete(f"/providers/{shop.id}/staff/{ana['id']}")
    await owner.patch(f"/providers/{shop.id}/staff/{ana['id']}", {"displayName": "Ana"}, 404)
    assert UUID(ana["id"]) not in {one.staff_id for one in (await last_told(owner, shop.id)).staff}


async def test_who_has_more_weight_is_told_with_it(owner: Desk) -> None:
    shop = await owner.open_shop()
    body = {"displayName": "Ana", "placeIds": [shop.place]}
    ana = await owner.post(f"/providers/{shop.id}/staff", body | {"weight": 3})
    path = f"/providers/{shop.id}/staff/{ana['id']}"
    assert (ana["weight"], (await owner.patch(path, {"displayName": "Ani"}))["weight"]) == (3, 3)
    assert (await owner.patch(path, {"weight": 100}))["weight"] == 100
    assert sorted(one.weight for one in (await last_told(owner, shop.id)).staff) == [1, 100]
    for wrong in (0, 101, 1.5, None):
        await owner.patch(path, {"weight": wrong}, 422)


async def test_staff_work_at_places_of_their_provider(owner: Desk) -> None:
    shop, other = await owner.open_shop(), await owner.open_shop()
    path = f"/providers/{shop.id}/staff"
    refused = await owner.post(path, {"displayName": "Ana", "placeIds": [other.place]}, 422)
    assert refused["type"] == "urn:barberpro:problem:unknown-place"
    await owner.post(path, {"displayName": "Ana", "placeIds": []}, 422)
    await owner.post(path, {"displayName": "Ana", "placeIds": [shop.place, shop.place]}, 422)


async def test_hours_are_kept_in_order_and_replaced_under_one_id(owner: Desk, visitor: Desk) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/staff/{shop.staff}/schedule"
    evening = {"day": 1, "start": "17:00", "end": "22:30"}
    morning = {"day": 1, "start": "10:00", "end": "13:00"}
    first = await owner.put(path, {"placeId": shop.place, "weekly": [evening, morning]})
    assert first["weekly"] == [morning, evening]
    second = await owner.put(path, {"placeId": shop.place, "weekly": [morning], "validFrom": "2026-12-01"})
    assert (second["id"], second["version"]) == (first["id"], 2)
    assert (await visitor.get(path))["items"] == [second]
    assert (await visitor.get(f"/providers/{shop.id}"))["hours"] == [second]
    facts = [event.data for event in await owner.told(first["id"])]
    assert [one.version for one in facts] == [1, 2]
    last = facts[-1]
    assert isinstance(last, SchedulePublished)
    assert [(one.day, f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in last.weekly] == [(1, "10:00", "13:00")]
    assert (str(last.staff_id), str(last.place_id), str(last.valid_from)) == (shop.staff, shop.place, "2026-12-01")


@pytest.mark.parametrize(
    ("weekly", "kind"),
    [
        (
            [{"day": 1, "start": "10:00", "end": "13:00"}, {"day": 1, "start": "12:00", "end": "14:00"}],
            "overlapping-hours",
        ),
        ([{"day": 1, "start": "13:00", "end": "10:00"}], "ends-before-start"),
        ([{"day": 8, "start": "10:00", "end": "13:00"}], "invalid-request"),
        ([{"day": 1, "start": "10:00", "end": "24:00"}], "invalid-request"),
        ([{"day": 1, "start": "10:00:00Z", "end": "13:00"}], "invalid-request"),
    ],
)
async def test_hours_that_cannot_be_are_refused(owner: Desk, weekly: list[dict[str, Any]], kind: str) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/staff/{shop.staff}/schedule"
    refused = await owner.put(path, {"placeId": shop.place, "weekly": weekly}, 422)
    assert refused["type"] == f"urn:barberpro:problem:{kind}"
    assert refused["fields"]


async def test_hours_are_for_a_place_where_the_member_attends(owner: Desk) -> None:
    shop = await owner.open_shop()
    other = await owner.post(f"/providers/{shop.id}/places", place_body())
    path = f"/providers/{shop.id}/staff/{shop.staff}/schedule"
    refused = await owner.put(path, {"placeId": other["id"], "weekly": []}, 422)
    assert refused["type"] == "urn:barberpro:problem:staff-not-at-place"
    await owner.put(f"/providers/{shop.id}/staff/{new_id()}/schedule", {"placeId": shop.place, "weekly": []}, 404)
