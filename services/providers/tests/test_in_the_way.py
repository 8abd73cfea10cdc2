"""Changes that have bookings in their way, over HTTP."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest
from services.providers.tests.builders import Desk, Shop, booking, place_body

from contracts.booking import BookingCancelled, BookingFact, BookingStatus, VisitPart
from contracts.ids import StaffId, new_id
from providers import usecases

MONDAY = "2027-03-01"
IN_THE_WAY = "urn:barberpro:problem:bookings-in-the-way"


def listed(facts: Sequence[BookingFact]) -> dict[str, Any]:
    return {
        "total": len(facts),
        "conflicts": [
            {
                "id": str(one.booking_id),
                "startsAt": f"{one.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "staffId": str(one.staff_id),
            }
            for one in facts
        ],
    }


async def is_weighed(owner: Desk, method: str, path: str, body: Any, facts: Sequence[BookingFact]) -> Any:
    """Refused with these bookings, rehearsed with them, and done when they are accepted; the last reply."""
    glue = "&" if "?" in path else "?"
    send = {"json": body} if body is not None else {}
    refused = await owner.call(method, path, 409, **send)
    assert refused["type"] == IN_THE_WAY
    assert {"total": refused["total"], "conflicts": refused["conflicts"]} == listed(facts)
    for more in ("dryRun=true", "dryRun=true&acceptConflicts=true"):
        assert await owner.call(method, f"{path}{glue}{more}", 200, **send) == listed(facts)
    done = {"POST": 201, "DELETE": 204}.get(method, 200)
    return await owner.call(method, f"{path}{glue}acceptConflicts=true", done, **send)


async def open_on_mondays(owner: Desk) -> Shop:
    shop = await owner.open_shop()
    week = [{"day": 1, "start": "10:00", "end": "20:00"}]
    await owner.put(schedule(shop), {"placeId": shop.place, "weekly": week})
    return shop


def schedule(shop: Shop) -> str:
    return f"/providers/{shop.id}/staff/{shop.staff}/schedule"


async def test_shorter_hours_have_the_later_bookings_in_their_way(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    early, late = booking(shop, f"{MONDAY}T10:00"), booking(shop, f"{MONDAY}T19:30")
    await owner.booked(late, early)
    body = {"placeId": shop.place, "weekly": [{"day": 1, "start": "10:00", "end": "18:00"}]}
    assert (await is_weighed(owner, "PUT", schedule(shop), body, [late]))["version"] == 2


async def test_what_was_accepted_is_in_the_way_of_no_change_that_takes_nothing_away(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    early, late = booking(shop, f"{MONDAY}T10:00"), booking(shop, f"{MONDAY}T19:30")
    await owner.booked(early, late)
    until_six = {"placeId": shop.place, "weekly": [{"day": 1, "start": "10:00", "end": "18:00"}]}
    await owner.put(f"{schedule(shop)}?acceptConflicts=true", until_six)
    await owner.put(schedule(shop), until_six)
    await owner.put(
        schedule(shop), until_six | {"weekly": [*until_six["weekly"], {"day": 7, "start": "10:00", "end": "12:00"}]}
    )
    day = f"{schedule(shop)}/days/{MONDAY}?placeId={shop.place}"
    await owner.put(f"{day}&acceptConflicts=true", {"windows": []})
    await owner.put(day, {"windows": []})
    await owner.delete(day)
    later = until_six | {"weekly": [{"day": 1, "start": "12:00", "end": "18:00"}]}
    assert (await owner.put(f"{schedule(shop)}?dryRun=true", later)) == listed([early])


async def test_of_a_visit_each_service_is_weighed_against_the_hours_of_whoever_gives_it(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    path = f"/providers/{shop.id}/staff"
    other = await owner.post(path, {"displayName": "Ana", "placeIds": [shop.place]})
    week = {"placeId": shop.place, "weekly": [{"day": 1, "start": "10:00", "end": "20:00"}]}
    await owner.put(f"{path}/{other['id']}/schedule", week)
    visit = booking(shop, f"{MONDAY}T17:30", minutes=60)
    half = visit.starts_at + timedelta(minutes=30)
    second = VisitPart(
        service_id=visit.service_id,
        staff_id=StaffId(UUID(other["id"])),
        starts_at=half,
        ends_at=visit.ends_at,
        price=visit.price,
    )
    await owner.booked(visit.model_copy(update={"also": (second,)}))
    until_six = {"placeId": shop.place, "weekly": [{"day": 1, "start": "10:00", "end": "18:00"}]}
    await owner.put(schedule(shop), until_six)
    refused = await owner.put(f"{path}/{other['id']}/schedule", until_six, 409)
    assert [one["staffId"] for one in refused["conflicts"]] == [other["id"]]
    assert (await owner.call("DELETE", f"{path}/{other['id']}?dryRun=true", 200))["total"] == 1


async def test_what_is_rehearsed_without_conflicts_saves_nothing_either(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    body = {"placeId": shop.place, "weekly": []}
    assert await owner.put(f"{schedule(shop)}?dryRun=true", body) == {"total": 0, "conflicts": []}
    (known,) = (await owner.get(schedule(shop)))["items"]
    assert (known["version"], len(known["weekly"]), len(await owner.told(known["id"]))) == (1, 1, 1)


async def test_a_day_closed_or_cleared_has_only_that_day_s_in_its_way(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    day = f"{schedule(shop)}/days/{MONDAY}?placeId={shop.place}"
    monday, next_week = booking(shop, f"{MONDAY}T10:00"), booking(shop, "2027-03-08T10:00")
    await owner.booked(monday, next_week)
    await is_weighed(owner, "PUT", day, {"windows": []}, [monday])
    await owner.put(day, {"windows": [{"start": "06:00", "end": "12:00"}]})
    at_six = booking(shop, f"{MONDAY}T06:00")
    await owner.booked(at_six)
    await is_weighed(owner, "DELETE", day, None, [at_six])


async def test_time_off_has_what_it_touches_in_its_way(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    before, into, after = (booking(shop, f"{MONDAY}T{hour}") for hour in ("11:30", "11:45", "14:00"))
    await owner.booked(before, into, after)
    body = {"starts": f"{MONDAY}T12:00", "ends": f"{MONDAY}T14:00"}
    path = f"/providers/{shop.id}/staff/{shop.staff}/time-off"
    made = await is_weighed(owner, "POST", path, body, [into])
    assert [one["id"] for one in (await owner.get(path))["items"]] == [made["id"]]


async def test_a_member_who_leaves_a_place_or_the_team_leaves_bookings_behind(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    there = await owner.post(f"/providers/{shop.id}/places", place_body())
    here, elsewhere = booking(shop, f"{MONDAY}T10:00"), booking(shop, f"{MONDAY}T15:00", place_id=there["id"])
    await owner.booked(here, elsewhere)
    member = f"/providers/{shop.id}/staff/{shop.staff}"
    await owner.patch(member, {"placeIds": [shop.place, there["id"]]})
    await owner.patch(member, {"displayName": "Nicolás"})
    await is_weighed(owner, "PATCH", member, {"placeIds": [shop.place]}, [elsewhere])
    await is_weighed(owner, "DELETE", member, None, [here, elsewhere])


async def test_a_place_closes_with_the_bookings_there_in_its_way(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    here, elsewhere = booking(shop, f"{MONDAY}T10:00"), booking(shop, f"{MONDAY}T15:00", place_id=new_id())
    await owner.booked(here, elsewhere)
    await is_weighed(owner, "DELETE", f"/providers/{shop.id}/places/{shop.place}", None, [here])


async def test_a_room_that_shrinks_or_goes_leaves_bookings_outside(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    path = f"/providers/{shop.id}/places/{shop.place}/resources"
    room = await owner.post(path, {"kind": "room", "name": "Box", "capacity": 3})
    taken = [booking(shop, f"{MONDAY}T10:{minute}", resource_ids=(room["id"],)) for minute in ("00", "10", "20")]
    await owner.booked(*taken, booking(shop, f"{MONDAY}T10:00"))
    await owner.patch(f"{path}/{room['id']}", {"name": "Box 1"})
    await is_weighed(owner, "PATCH", f"{path}/{room['id']}", {"capacity": 1}, taken[1:])
    await owner.patch(f"{path}/{room['id']}", {"capacity": 3})
    await is_weighed(owner, "DELETE", f"{path}/{room['id']}", None, taken)


async def test_a_booking_that_is_over_or_moved_is_in_nobody_s_way(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    cancelled, moved = booking(shop, f"{MONDAY}T10:00"), booking(shop, f"{MONDAY}T11:00")
    await owner.booked(cancelled, moved, booking(shop, "2026-01-05T10:00"))
    gone = cancelled.model_dump() | {"version": 3, "status": BookingStatus.CANCELLED}
    later = booking(shop, f"{MONDAY}T15:00", booking_id=moved.booking_id, version=2)
    await owner.booked(BookingCancelled.model_validate(gone), later)
    await owner.booked(cancelled, moved)
    assert await owner.delete(f"/providers/{shop.id}/staff/{shop.staff}?dryRun=true", 200) == listed([later])


async def test_a_batch_tells_each_booking_s_newest_state_once(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    first = booking(shop, f"{MONDAY}T10:00", resource_ids=(new_id(), new_id()))
    second = booking(shop, f"{MONDAY}T12:00", booking_id=first.booking_id, version=2)
    await owner.booked(second, first)
    assert await owner.delete(f"/providers/{shop.id}/staff/{shop.staff}?dryRun=true", 200) == listed([second])


async def test_what_ended_is_forgotten_and_no_client_was_ever_remembered(owner: Desk) -> None:
    shop = await open_on_mondays(owner)
    coming = booking(shop, f"{MONDAY}T10:00")
    await owner.booked(coming, booking(shop, "2026-01-05T10:00"))
    while await usecases.forget_bookings(owner.context, "barber"):
        pass
    async with owner.context.uow.read("barber") as session:
        rows = await session.connection.fetch("SELECT * FROM upcoming WHERE provider_id = $1", UUID(shop.id))
    assert [row["booking_id"] for row in rows] == [coming.booking_id]
    assert coming.client_id not in rows[0].values()


@pytest.mark.parametrize("query", ["dryRun=quizás", "acceptConflicts=2"])
async def test_a_query_that_says_nothing_is_refused(owner: Desk, query: str) -> None:
    shop = await owner.open_shop()
    await owner.delete(f"/providers/{shop.id}/staff/{shop.staff}?{query}", 422)


async def test_only_the_owner_rehearses(owner: Desk, sit_down: Any) -> None:
    shop = await owner.open_shop()
    await sit_down().delete(f"/providers/{shop.id}/staff/{shop.staff}?dryRun=true", 404)
