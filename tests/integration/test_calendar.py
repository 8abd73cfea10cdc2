"""The calendar through the gateway: what a provider publishes decides what clients find, and what is in its way."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from tests.town.client import Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import ZONE, Shop, Slot, open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
HALF: Final = timedelta(minutes=30)
SECONDS: Final = 20.0


@pytest.fixture
async def calm(town: Town) -> Shop:
    """A shop that no other test books in: one barber, one chair."""
    return await open_shop(town)


async def test_a_colour_leaves_its_barber_free_while_it_takes_and_a_visit_is_paid_as_one(town: Town) -> None:
    shop = await open_shop(town, chairs=2)
    colour = await offer(
        town,
        shop,
        name="Color",
        durationMinutes=90,
        price=20000,
        segments=[
            {"minutes": 30, "attended": True},
            {"minutes": 30, "attended": False},
            {"minutes": 30, "attended": True},
        ],
    )
    client, slot = await town.people.client(), await morning(shop)
    first = await make(town, client, slot.starts_at, colour)
    between = await make(town, await town.people.client(), slot.starts_at + HALF, shop.service_id)
    assert (first["status"], between["status"]) == ("held", "held")
    visit = await make(town, await town.people.client(), slot.starts_at + 4 * HALF, shop.service_id, colour)
    assert (visit["price"], visit["dueNow"]) == (28000, 14000)
    assert [part["serviceId"] for part in visit["also"]] == [colour]


async def test_time_off_over_a_booking_is_shown_before_it_is_saved_and_then_explains_itself(
    town: Town, calm: Shop
) -> None:
    client, slot = await town.people.client(), await morning(calm)
    booking, _ = await town.buy(client, calm, slot)
    local = slot.starts_at.astimezone(ZONE).replace(tzinfo=None)
    off = {"starts": f"{local:%Y-%m-%dT%H:%M}", "ends": f"{local + 2 * HALF:%Y-%m-%dT%H:%M}"}
    path = f"/api/v1/providers/{calm.provider_id}/staff/{calm.staff[0]}/time-off"

    async def stands_in_the_way() -> bool:
        tried = await town.gateway.send(Call("POST", path, token=calm.owner.token, body=off, query={"dryRun": "true"}))
        return [one["id"] for one in tried.json()["conflicts"]] == [booking["id"]]

    await eventually(stands_in_the_way, SECONDS)
    refused = await town.gateway.send(Call("POST", path, token=calm.owner.token, body=off))
    assert (refused.status_code, slug_of(refused)) == (409, "bookings-in-the-way")
    await town.gateway.ask(Call("POST", path, token=calm.owner.token, body=off, query={"acceptConflicts": "true"}))

    async def is_away() -> bool:
        return "away" in await why(town, slot.starts_at + HALF, calm)

    await eventually(is_away, SECONDS)
    assert (await town.see(client, booking))["status"] == "confirmed"


async def test_a_booking_that_wants_approval_is_accepted_paid_moved_and_called_off_with_its_reasons(
    town: Town, calm: Shop
) -> None:
    service = await offer(town, calm, name="Diseño", durationMinutes=30, price=8000, approval=True)
    client, slot = await town.people.client(), await morning(calm)
    booking = await make(town, client, slot.starts_at, service)
    assert booking["status"] == "pending"
    accepted = await act(town, calm.owner, booking, "approve")
    assert accepted["status"] == "held"
    payment = await town.begin_payment(client, booking)
    await town.outside.pay(payment)
    await town.until(client, booking, "confirmed")
    moved = await act(town, client, booking, "reschedule", startsAt=(slot.starts_at + 2 * HALF).isoformat())
    assert datetime.fromisoformat(moved["startsAt"]) == slot.starts_at + 2 * HALF
    assert (moved["status"], moved["paid"]) == ("confirmed", booking["dueNow"])
    ended = await act(town, client, booking, "cancel")
    assert (ended["status"], ended["refunded"]) == ("cancelled", booking["dueNow"])
    assert ended["explain"]


async def test_a_provider_calls_a_whole_day_off_and_everybody_gets_all_money_back(town: Town, calm: Shop) -> None:
    slots = (await calm.slots((await morning(calm)).starts_at))[:2]
    people = [await town.people.client() for _ in slots]
    bought = [(await town.buy(who, calm, slot))[0] for who, slot in zip(people, slots, strict=True)]
    body = {"providerId": calm.provider_id, "date": bought[0]["localDate"], "reason": "emergency"}
    told = await town.gateway.ask(Call("POST", "/api/v1/bookings/cancel-day", token=calm.owner.token, body=body))
    assert told["cancelled"] == len(bought)
    for who, booking in zip(people, bought, strict=True):
        seen = await town.see(who, booking)
        assert (seen["status"], seen["refunded"]) == ("cancelled", seen["paid"])


async def morning(shop: Shop) -> Slot:
    """At nine, some days ahead: nothing that follows reaches midnight."""
    slots = await shop.slots(datetime.now(UTC) + timedelta(hours=50))
    return next(slot for slot in slots if slot.local_time == "09:00")


async def offer(town: Town, shop: Shop, **body: Any) -> str:
    """One more service of the shop, once clients find it."""
    terms = {"deposit": {"kind": "percent", "value": 50}, "staffIds": list(shop.staff), "needs": ["chair"], **body}
    path = f"/api/v1/providers/{shop.provider_id}/services"
    made = await town.gateway.ask(Call("POST", path, token=shop.owner.token, body=terms))
    day = datetime.now(ZONE).date() + timedelta(days=2)
    query = {"serviceId": made["id"], "from": str(day), "to": str(day)}

    async def is_found() -> bool:
        return (await town.gateway.send(Call("GET", "/api/v1/availability", query=query))).is_success

    await eventually(is_found, SECONDS)
    return str(made["id"])


async def make(town: Town, client: Account, starts_at: datetime, *services: str) -> Json:
    """A booking of one service, or of a visit."""
    wish = {"serviceIds": list(services), "startsAt": starts_at.isoformat()}
    return dict(await town.gateway.ask(Call("POST", "/api/v1/bookings", token=client.token, body=wish)))


async def act(town: Town, who: Account, booking: Json, verb: str, **body: Any) -> Json:
    """Something done to a booking."""
    path = f"/api/v1/bookings/{booking['id']}/{verb}"
    return dict(await town.gateway.ask(Call("POST", path, token=who.token, body=body or None)))


async def why(town: Town, starts_at: datetime, shop: Shop) -> list[str]:
    """The rules that keep the one who attends from beginning then."""
    query = {"serviceId": shop.service_id, "startsAt": starts_at.isoformat()}
    told = await town.gateway.ask(Call("GET", "/api/v1/availability/explain", token=shop.owner.token, query=query))
    return [str(rule) for one in told["staff"] for rule in one["rules"]]
