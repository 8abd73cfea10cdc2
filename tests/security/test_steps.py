"""Step skipping and hoarding: nobody gets a booking, or money back, without what has to come before it."""

import asyncio
from typing import Final

from tests.town.client import BARBER, Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town, payment_call

from common.testing import eventually

pytestmark = ON_STACK
MOST_HOLDS: Final = 3
REFUNDS: Final = "SELECT count(*) FROM refund JOIN intent ON intent.id = refund.intent_id WHERE intent.booking_id = $1"


async def test_a_held_booking_is_neither_completed_nor_missed_before_it_is_paid(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot(hours=90))
    ends = [await town.gateway.send(after(booking, verb, shop.owner)) for verb in ("complete", "no-show")]
    assert [slug_of(answer) for answer in ends] == ["not-confirmed", "not-confirmed"]
    assert (await town.see(client, booking))["status"] == "held"


async def test_a_paid_booking_is_not_completed_before_it_starts(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, _ = await town.buy(client, shop, await shop.slot(hours=90))
    ends = [await town.gateway.send(after(booking, verb, shop.owner)) for verb in ("complete", "no-show")]
    assert [slug_of(answer) for answer in ends] == ["not-yet", "not-yet"]


async def test_a_client_does_not_say_that_it_was_served(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot(hours=90))
    assert slug_of(await town.gateway.send(after(booking, "complete", client))) == "not-found"


async def test_a_cancelled_booking_cannot_be_paid(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot(hours=90))
    await town.gateway.ask(after(booking, "cancel", client))
    await eventually(lambda: refused_as_cancelled(town, client, booking), 20)
    assert (await town.see(client, booking))["status"] == "cancelled"


async def test_five_cancellations_at_once_give_the_money_back_once(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, charge = await town.buy(client, shop, await shop.slot(hours=90))
    answers = await asyncio.gather(*(town.gateway.send(after(booking, "cancel", client)) for _ in range(5)))
    assert sorted(slug_of(answer) for answer in answers) == ["", *["already-over"] * 4]
    assert await eventually(lambda: town.outside.refunded(charge), 20) == DEPOSIT_PESOS * 100
    # A later cancellation, of whoever it is, asks for nothing more.
    for who in (client, shop.owner):
        assert slug_of(await town.gateway.send(after(booking, "cancel", who))) == "already-over"
    assert await town.records.value("payments", BARBER, REFUNDS, booking["id"]) == 1


async def test_no_call_names_the_amount_that_goes_back(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, charge = await town.buy(client, shop, await shop.slot(hours=90))
    cancel = Call("POST", f"/api/v1/bookings/{booking['id']}/cancel", token=client.token, body={"amount": 999_999})
    await town.gateway.ask(cancel)
    assert await eventually(lambda: town.outside.refunded(charge), 20) == DEPOSIT_PESOS * 100


async def test_one_hold_more_than_allowed_is_refused(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    slots = (await shop.slots((await shop.slot(hours=90)).starts_at))[: 2 * (MOST_HOLDS + 1) : 2]
    answers = [await town.try_to_book(client, shop, slot) for slot in slots]
    assert [slug_of(answer) for answer in answers] == [*[""] * MOST_HOLDS, "too-many-holds"]


async def refused_as_cancelled(town: Town, client: Account, booking: Json) -> bool:
    """Whether paying is refused for that reason: once payments has heard of it."""
    return slug_of(await town.gateway.send(payment_call(client, booking))) == "booking-cancelled"


def after(booking: Json, verb: str, who: Account) -> Call:
    """Something is to become of a booking."""
    return Call("POST", f"/api/v1/bookings/{booking['id']}/{verb}", token=who.token)
