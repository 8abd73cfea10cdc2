"""Paying without MercadoPago's page: cards in installments, and tickets that are paid in cash."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from tests.town.cards import card_of, paying, plans
from tests.town.client import BARBER, Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
FAR_HOURS: Final = 240
"""Cash is offered only to those whose turno leaves its money the time to come."""
PATIENCE: Final = 30
TAKEN: Final = "SELECT count(*) FROM charge WHERE intent_id = CAST($1 AS text)::uuid AND captured_minor > 0"


async def test_a_declined_card_gives_way_to_another_that_pays_in_installments(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    await eventually(partial(is_payable, town, client, booking), PATIENCE)
    offered = await plans(town, client, booking)
    assert offered[1]["totalAmount"] == DEPOSIT_PESOS
    assert offered[3]["totalAmount"] > DEPOSIT_PESOS
    declined = await town.gateway.send(paying(client, booking, "card", await card_of(town, "FUND")))
    assert (declined.status_code, slug_of(declined)) == (402, "card-declined")
    paid = await town.gateway.ask(paying(client, booking, "card", await card_of(town, "APRO", 3)))
    assert (paid["status"], paid["way"], paid["captured"]) == ("paid", "card", DEPOSIT_PESOS)
    await town.until(client, booking, "confirmed")
    charges = await town.outside.charges(paid, BARBER)
    assert [(one["status"], one["installments"]) for one in charges] == [("rejected", 1), ("approved", 3)]


async def test_a_card_whose_answer_never_came_is_captured_once(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    await eventually(partial(is_payable, town, client, booking), PATIENCE)
    call = paying(client, booking, "card", await card_of(town, "APRO"))
    async with town.outside.misbehaving(timeout_after_accept=1, fault_path="/v1/payments", max_faults=1):
        first = await town.gateway.send(call)
    # MercadoPago took it on: whoever asks again, under whichever key, is not charged again.
    assert first.status_code in {201, 409, 503}
    await town.until(client, booking, "confirmed", seconds=PATIENCE)
    again = await town.gateway.send(call)
    assert again.status_code in {201, 409}
    (payment,) = await payments_of(town, client, booking)
    assert (payment["status"], payment["captured"]) == ("paid", DEPOSIT_PESOS)
    assert len(await town.outside.charges(payment, BARBER)) == 1
    assert await town.records.value("payments", BARBER, TAKEN, payment["id"]) == 1


async def test_a_ticket_keeps_the_slot_until_its_money_may_come_and_is_paid_in_time(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot(hours=FAR_HOURS))
    await eventually(partial(is_payable, town, client, booking), PATIENCE)
    payment = await town.gateway.ask(paying(client, booking, "rapipago"))
    assert (payment["status"], payment["way"]) == ("processing", "rapipago")
    moved = partial(is_held_until, town, client, booking, datetime.fromisoformat(payment["ticket"]["expiresAt"]))
    await eventually(moved, PATIENCE)
    await eventually(partial(is_told, town, client, payment["ticket"]["url"]), PATIENCE)
    (charge,) = await town.outside.charges(payment, BARBER)
    await town.outside.settle(charge, "approved")
    confirmed = await town.until(client, booking, "confirmed")
    assert confirmed["paid"] == DEPOSIT_PESOS


async def is_told(town: Town, client: Account, url: str) -> bool:
    """By a message of its own, where its ticket is."""
    return any(url in message["body"] for message in await town.outside.messages(client.contact.phone))


async def is_payable(town: Town, client: Account, booking: Json) -> bool:
    """Whether payments knows of the booking."""
    query = {"bookingId": booking["id"]}
    seen = await town.gateway.send(Call("GET", "/api/v1/payments/methods", BARBER, client.token, query=query))
    return seen.status_code == 200


async def payments_of(town: Town, client: Account, booking: Json) -> list[Json]:
    query = {"bookingId": booking["id"]}
    return list((await town.gateway.ask(Call("GET", "/api/v1/payments", BARBER, client.token, query=query)))["items"])


async def is_held_until(town: Town, client: Account, booking: Json, expiry: datetime) -> bool:
    """Whether the slot is kept for longer than the ticket: its money takes days."""
    now = await town.see(client, booking)
    return now["status"] == "held" and datetime.fromisoformat(now["holdExpiresAt"]) > expiry + timedelta(days=1)
