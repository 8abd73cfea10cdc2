"""Credit through the gateway: an operator gives it, the client is told, pays a turno with it, and has it back."""

from functools import partial
from typing import Final

from tests.town.client import BARBER, Call, Json, slug_of
from tests.town.judging import in_order
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town
from tests.town.world import complete, second_operator, told, trial_balance

from common.testing import eventually

pytestmark = ON_STACK
PATIENCE: Final = 30
CREDITS: Final = "/api/v1/credits"
MUCH: Final = 250_000
"""Over what one operator gives alone."""


async def test_a_turno_is_paid_with_credit_and_the_credit_is_back_when_it_is_cancelled_in_time(
    town: Town, shop: Shop
) -> None:
    client, operator = await town.people.client(), await town.people.operator()
    never_booked = await town.gateway.send(grant_call(client, operator, DEPOSIT_PESOS))
    assert (never_booked.status_code, slug_of(never_booked)) == (409, "unknown-client")
    booking = await town.book(client, shop, await shop.slot())
    await give(town, client, operator, DEPOSIT_PESOS)
    await eventually(partial(was_told, town, client), PATIENCE)
    payment = await town.begin_payment(client, booking, method="credit")
    assert (payment["status"], payment["method"], payment["initPoint"]) == ("paid", "credit", None)
    confirmed = await town.until(client, booking, "confirmed")
    assert (confirmed["paid"], await balance(town, client)) == (DEPOSIT_PESOS, 0)
    assert await town.outside.charges(payment, BARBER) == []
    call = Call("POST", f"/api/v1/bookings/{booking['id']}/cancel", BARBER, client.token)
    assert (await town.gateway.ask(call))["refunded"] == DEPOSIT_PESOS
    await eventually(partial(is_back, town, client), PATIENCE)
    kinds = [one["kind"] for one in (await seen(town, client))["items"]]
    assert (kinds, await trial_balance(town, operator)) == (["returned", "spent", "granted"], 0)
    await in_order(town)


async def test_much_credit_needs_two_operators_and_a_provider_earns_of_what_is_paid_with_it(
    town: Town, shop: Shop
) -> None:
    client, one, other = await town.people.client(), await town.people.operator(), await second_operator(town)
    booking = await town.book(client, shop, await shop.slot())
    grant = await give(town, client, one, MUCH)
    assert (grant["status"], await balance(town, client)) == ("awaiting_approval", 0)
    path = f"{CREDITS}/{grant['id']}/approve"
    alone = await town.gateway.send(Call("POST", path, BARBER, one.token))
    assert (alone.status_code, slug_of(alone)) == (409, "same-person")
    await town.gateway.ask(Call("POST", path, BARBER, other.token))
    await town.begin_payment(client, booking, method="credit")
    await town.until(client, booking, "confirmed")
    await complete(town, shop, booking)
    assert await balance(town, client) == MUCH - DEPOSIT_PESOS
    await in_order(town)


def grant_call(client: Account, operator: Account, pesos: int) -> Call:
    body = {"clientId": str(client.id), "amount": pesos, "reason": "goodwill"}
    return Call("POST", CREDITS, BARBER, operator.token, body)


async def give(town: Town, client: Account, operator: Account, pesos: int) -> Json:
    """Once payments knows that the client booked."""

    async def given() -> Json | None:
        reply = await town.gateway.send(grant_call(client, operator, pesos))
        return dict(reply.json()) if reply.is_success else None

    return await eventually(given, PATIENCE)


async def seen(town: Town, client: Account) -> Json:
    return dict(await town.gateway.ask(Call("GET", CREDITS, BARBER, client.token)))


async def balance(town: Town, client: Account) -> float:
    return float((await seen(town, client))["balance"])


async def is_back(town: Town, client: Account) -> bool:
    return await balance(town, client) == DEPOSIT_PESOS


async def was_told(town: Town, client: Account) -> bool:
    return await told(town, client, "credit_granted") == 1
