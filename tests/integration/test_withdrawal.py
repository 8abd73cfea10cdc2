"""Money that goes back by the law and by people's hands, through the gateway; the judge finds it all in order."""

import re
from functools import partial
from typing import Final

from tests.town.client import Call, slug_of
from tests.town.judging import in_order
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
WITHDRAWAL: Final = "/api/v1/withdrawal"
PATIENCE: Final = 30


async def test_a_client_withdraws_and_gets_everything_back_whatever_the_policy_says(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    # An hour ahead the policy gives nothing back.
    booking, charge = await town.buy(client, shop, await shop.slot(hours=2))
    asking = {"bookingId": booking["id"], "phone": client.contact.phone}
    asked = await town.gateway.ask(Call("POST", WITHDRAWAL, body=asking))
    code = await eventually(partial(code_of, town, client), PATIENCE)
    confirmed = await town.gateway.ask(Call("POST", f"{WITHDRAWAL}/{asked['id']}/confirm", body={"code": code}))
    assert (confirmed["status"], confirmed["trackingCode"]) == ("confirmed", asked["trackingCode"])
    cancelled = await town.until(client, booking, "cancelled")
    assert (cancelled["paid"], cancelled["refunded"]) == (DEPOSIT_PESOS, DEPOSIT_PESOS)
    assert await eventually(partial(town.outside.refunded, charge), PATIENCE) == DEPOSIT_PESOS * 100
    await eventually(partial(is_done, town, asked["id"], asked["trackingCode"]), PATIENCE)
    await eventually(partial(got, town, client, "[withdrawal_received]"), PATIENCE)
    await in_order(town)


async def test_a_stranger_is_told_the_same_and_nobody_is_written_to(town: Town, shop: Shop) -> None:
    client, stranger = await town.people.client(), await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    asking = {"bookingId": booking["id"], "email": stranger.contact.email}
    asked = await town.gateway.ask(Call("POST", WITHDRAWAL, body=asking))
    answer = await town.gateway.send(Call("POST", f"{WITHDRAWAL}/{asked['id']}/confirm", body={"code": "000000"}))
    assert (answer.status_code, slug_of(answer), answer.json()["triesLeft"]) == (409, "wrong-withdrawal-code", 4)
    for one in (client, stranger):
        assert not await got(town, one, "[withdrawal_code]")


async def test_an_operator_gives_back_a_part_and_the_cancellation_only_the_rest(town: Town, shop: Shop) -> None:
    client, operator = await town.people.client(), await town.people.operator()
    booking, charge = await town.buy(client, shop, await shop.slot())
    payment = charge["external_reference"].rpartition(".")[2]
    path, body = f"/api/v1/payments/{payment}/refunds", {"amount": 500, "reason": "goodwill"}
    refund = await town.gateway.ask(Call("POST", path, token=operator.token, body=body))
    assert (refund["status"], refund["origin"]) == ("due", "operator")
    refunded = partial(town.outside.refunded, charge)
    assert await eventually(refunded, PATIENCE) == 500_00
    await eventually(partial(has_noted, town, client, booking["id"]), PATIENCE)
    await town.gateway.ask(Call("POST", f"/api/v1/bookings/{booking['id']}/cancel", token=client.token))
    await eventually(partial(is_whole, town, charge), PATIENCE)
    await in_order(town)


async def test_the_page_is_served_through_the_gateway_under_its_own_policy(town: Town) -> None:
    shown = await town.gateway.send(Call("GET", "/arrepentimiento"))
    assert shown.status_code == 200
    assert "Quiero arrepentirme" in shown.text
    assert "style-src 'sha256-" in shown.headers["content-security-policy"]


async def code_of(town: Town, client: Account) -> str | None:
    """The code of the withdrawal that reached the phone."""
    bodies = [message["body"] for message in await town.outside.messages(client.contact.phone)]
    found = [re.search(r"\b\d{6}\b", body) for body in bodies if "[withdrawal_code]" in body]
    return next((match.group() for match in found if match), None)


async def got(town: Town, client: Account, template: str) -> bool:
    return any(template in message["body"] for message in await town.outside.messages(client.contact.phone))


async def is_done(town: Town, withdrawal: str, tracking_code: str) -> bool:
    query = {"trackingCode": tracking_code}
    found = await town.gateway.ask(Call("GET", f"{WITHDRAWAL}/{withdrawal}", query=query))
    return bool(found["status"] == "done")


async def has_noted(town: Town, client: Account, booking: str) -> bool:
    """Whether booking knows of the operator's refund."""
    return bool((await town.see(client, {"id": booking}))["refunded"] == 500)


async def is_whole(town: Town, charge: dict[str, object]) -> bool:
    return await town.outside.refunded(charge) == DEPOSIT_PESOS * 100
