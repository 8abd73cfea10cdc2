"""The waitlist through the gateway: what somebody lets go is held for who waits, told, and theirs once paid."""

from datetime import timedelta
from typing import Final

import pytest
from tests.town.client import Call, Json
from tests.town.people import Account
from tests.town.shops import Shop, Slot, open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
SECONDS: Final = 20.0
HALF: Final = timedelta(minutes=30)


async def test_what_is_called_off_is_offered_to_who_waits_longest_and_paid_by_them(town: Town) -> None:
    shop = await open_shop(town)
    slot = await shop.slot()
    holder, first, second = [await town.people.client() for _ in range(3)]
    booking, _ = await town.buy(holder, shop, slot)
    await join(town, first, shop, slot)
    await join(town, second, shop, slot)
    await cancel(town, holder, booking)
    offered = await eventually(lambda: offer_of(town, first), SECONDS)
    assert await offer_of(town, second) is None
    held = await town.see(first, {"id": offered["bookingId"]})
    assert (held["status"], held["startsAt"]) == ("held", booking["startsAt"])
    assert (await town.try_to_book(second, shop, slot)).status_code == 409
    await eventually(lambda: is_told(town, first), SECONDS)
    await town.outside.pay(await town.begin_payment(first, held))
    await town.until(first, held, "confirmed")
    await eventually(lambda: stands(town, first, "fulfilled"), SECONDS)


@pytest.mark.deep
async def test_what_is_declined_goes_to_the_next_and_never_back_to_who_let_it_go(town: Town) -> None:
    shop = await open_shop(town)
    slot = await shop.slot()
    holder, first, second = [await town.people.client() for _ in range(3)]
    booking, _ = await town.buy(holder, shop, slot)
    for one in (holder, first, second):
        await join(town, one, shop, slot)
    await cancel(town, holder, booking)
    offered = await eventually(lambda: offer_of(town, first), SECONDS)
    await cancel(town, first, {"id": offered["bookingId"]})
    await eventually(lambda: offer_of(town, second), SECONDS)
    assert await offer_of(town, holder) is None
    assert await stands(town, first, "waiting")


async def join(town: Town, client: Account, shop: Shop, slot: Slot) -> None:
    """Wait for that time, and no other."""
    body = {
        "serviceId": shop.service_id,
        "from": slot.starts_at.isoformat(),
        "to": (slot.starts_at + HALF).isoformat(),
    }
    await town.gateway.ask(Call("POST", "/api/v1/waitlist", token=client.token, body=body))


async def cancel(town: Town, client: Account, booking: Json) -> None:
    await town.gateway.ask(Call("POST", f"/api/v1/bookings/{booking['id']}/cancel", token=client.token))


async def waits(town: Town, client: Account) -> list[Json]:
    return list((await town.gateway.ask(Call("GET", "/api/v1/waitlist", token=client.token)))["items"])


async def offer_of(town: Town, client: Account) -> Json | None:
    """What is held for them, if anything."""
    return next((one for one in await waits(town, client) if one["status"] == "offered"), None)


async def stands(town: Town, client: Account, status: str) -> bool:
    return [one["status"] for one in await waits(town, client)] == [status]


async def is_told(town: Town, client: Account) -> bool:
    return any("[booking_offered]" in one["body"] for one in await town.outside.messages(client.contact.phone))
