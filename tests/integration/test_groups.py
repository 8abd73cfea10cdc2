"""Groups through the gateway: seats are paid for one by one, and what is called off is given back to everybody."""

from typing import Any, Final

import pytest
from tests.town.client import Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import Shop, Slot, open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
SECONDS: Final = 20.0


@pytest.mark.deep
async def test_the_seats_of_a_group_are_paid_one_by_one_until_it_is_full_and_its_time_is_taken(town: Town) -> None:
    shop = await open_shop(town)
    slot = await shop.slot()
    group = await announce(town, shop, slot, seats=2)
    people = [await town.people.client() for _ in range(3)]
    for one in people[:2]:
        seat = await take(town, one, group)
        await town.outside.pay(await town.begin_payment(one, seat))
        await town.until(one, seat, "confirmed")
    late = await town.gateway.send(seat_call(people[2], group))
    assert slug_of(late) == "session-full"
    assert (await seen(town, group))["seatsLeft"] == 0
    assert slug_of(await town.try_to_book(people[2], shop, slot)) == "slot-taken"


async def test_a_group_that_its_provider_calls_off_gives_everybody_their_money_back(town: Town) -> None:
    shop = await open_shop(town)
    slot = await shop.slot()
    group = await announce(town, shop, slot, seats=8)
    client = await town.people.client()
    seat = await take(town, client, group)
    charge = await town.outside.pay(await town.begin_payment(client, seat))
    await town.until(client, seat, "confirmed")
    path = f"/api/v1/sessions/{group['id']}/cancel"
    await town.gateway.ask(Call("POST", path, token=shop.owner.token, body={"reason": "closed"}))
    assert (await town.see(client, seat))["status"] == "cancelled"
    assert (await seen(town, group))["status"] == "cancelled"
    paid = round(seat["dueNow"] * 100)

    async def is_back() -> bool:
        return bool(await town.outside.refunded(charge) == paid)

    await eventually(is_back, SECONDS)
    assert (await town.try_to_book(client, shop, slot)).status_code == 201


async def announce(town: Town, shop: Shop, slot: Slot, seats: int) -> Json:
    """A group of the shop's one service at a free start."""
    body = {
        "serviceId": shop.service_id,
        "startsAt": slot.starts_at.isoformat(),
        "staffId": shop.staff[0],
        "placeId": shop.place_id,
        "seats": seats,
        "minimum": 2,
    }
    return dict(await town.gateway.ask(Call("POST", "/api/v1/sessions", token=shop.owner.token, body=body)))


def seat_call(client: Account, group: Json) -> Call:
    return Call("POST", "/api/v1/bookings", token=client.token, body={"sessionId": group["id"]})


async def take(town: Town, client: Account, group: Json) -> Json:
    """A seat of it, held."""
    return dict(await town.gateway.ask(seat_call(client, group)))


async def seen(town: Town, group: Json) -> dict[str, Any]:
    """As anybody sees it now."""
    return dict(await town.gateway.ask(Call("GET", f"/api/v1/sessions/{group['id']}")))
