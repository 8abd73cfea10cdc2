"""A turno paid by bank transfer through the gateway: one that is known by its reference, one that an operator knows."""

import asyncio
from functools import partial
from typing import Final

from tests.town.client import Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually
from localstack.verify import judge

pytestmark = ON_STACK
TRANSFERS: Final = "/api/v1/payments/transfers"
DRAIN_SECONDS: Final = 60.0
PATIENCE: Final = 60
"""The account is read four times a minute."""
FAR: Final = 10 * 24
SOMEBODY: Final = "0110433630043313857683"


async def test_what_is_transferred_under_the_reference_confirms_the_booking(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, payment = await begun(town, shop, client)
    await eventually(partial(was_told, town, client, payment["transfer"]["reference"]), PATIENCE)
    told = payment["transfer"]
    assert (told["amount"], told["cbu"], told["alias"]) == (
        DEPOSIT_PESOS,
        "2850590940090418135201",
        "barberpro.cobros",
    )
    await town.outside.transfer(f"{DEPOSIT_PESOS}.00", f"turno {told['reference']}".lower(), SOMEBODY)
    confirmed = await town.until(client, booking, "confirmed", seconds=PATIENCE)
    assert confirmed["paid"] == DEPOSIT_PESOS
    paid = await town.gateway.ask(Call("GET", f"/api/v1/payments/{payment['id']}", token=client.token))
    assert (paid["status"], paid["method"], paid["transfer"]) == ("paid", "transfer", None)


async def test_a_transfer_without_a_reference_waits_for_an_operator(town: Town, shop: Shop) -> None:
    client, operator = await town.people.client(), await town.people.operator()
    booking, payment = await begun(town, shop, client)
    movement = await town.outside.transfer(f"{DEPOSIT_PESOS}.00", "me olvide", SOMEBODY)
    await eventually(partial(in_suspense, town, operator, movement["id"]), PATIENCE)
    await in_order(town)
    path, body = f"{TRANSFERS}/{movement['id']}/match", {"paymentId": payment["id"]}
    refused = await town.gateway.send(Call("POST", path, token=client.token, body=body))
    assert (refused.status_code, slug_of(refused)) == (403, "forbidden")
    matched = await town.gateway.ask(Call("POST", path, token=operator.token, body=body))
    assert (matched["status"], matched["originCbu"]) == ("matched", "*" * 18 + SOMEBODY[-4:])
    await town.until(client, booking, "confirmed", seconds=PATIENCE)
    await in_order(town)


async def begun(town: Town, shop: Shop, client: Account) -> tuple[Json, Json]:
    """A booking far enough ahead, and where its client transfers what is due."""
    booking = await town.book(client, shop, await shop.slot(hours=FAR))
    return booking, await town.begin_payment(client, booking, method="transfer")


async def was_told(town: Town, client: Account, reference: str) -> bool:
    """By a message of its own, which says what to write into the transfer."""
    messages = await town.outside.messages(client.contact.phone)
    return any("[transfer_to_make]" in each["body"] and reference in each["body"] for each in messages)


async def in_suspense(town: Town, operator: Account, movement_id: str) -> bool:
    query = {"status": "unmatched", "limit": "100"}
    items = (await town.gateway.ask(Call("GET", TRANSFERS, token=operator.token, query=query)))["items"]
    return any(each["id"] == movement_id and each["status"] == "suspense" for each in items)


async def in_order(town: Town) -> None:
    """The judge finds every promise kept, in this story and those before it."""
    verdicts = await asyncio.to_thread(town.stack.run, judge(town.stack.context, DRAIN_SECONDS))
    assert {one.invariant: one.violations for one in verdicts if not one.kept} == {}
