"""Operators give money back: a part, more than one person may decide, and never more than was taken."""

from dataclasses import replace
from functools import partial
from typing import Final

from tests.town.client import BARBER, Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import Shop, is_bookable
from tests.town.town import ON_STACK, Town
from tests.town.world import complete, second_operator, standing_of, trial_balance

from common.testing import eventually

pytestmark = ON_STACK
PATIENCE: Final = 30
PRICE, DEPOSIT = 600_000, 300_000
"""So much that what goes back is over the limit of what one person may decide (200,000)."""
PART, LARGE = 50_000, 180_000
"""Together over the limit, which counts all that people gave back of a payment."""
LEFT: Final = DEPOSIT - PART - LARGE


async def test_a_part_goes_at_once_more_than_the_limit_needs_two_and_too_much_is_refused(
    town: Town, shop: Shop
) -> None:
    dear = await with_a_dear_service(town, shop)
    client, one, other = await town.people.client(), await town.people.operator(), await second_operator(town)
    before = await standing_of(town, shop)
    booking, charge = await town.buy(client, dear, await dear.slot())
    part = await give_back(town, one, charge, PART)
    assert part["status"] == "due"
    await eventually(partial(has_gone, town, charge, PART), PATIENCE)
    large = await give_back(town, one, charge, LARGE)
    assert large["status"] == "awaiting_approval"
    alone = await town.gateway.send(Call("POST", f"/api/v1/refunds/{large['id']}/approve", BARBER, one.token))
    assert (alone.status_code, slug_of(alone)) == (409, "same-person")
    assert await town.outside.refunded(charge) == PART * 100
    await town.gateway.ask(Call("POST", f"/api/v1/refunds/{large['id']}/approve", BARBER, other.token))
    await eventually(partial(has_gone, town, charge, PART + LARGE), PATIENCE)
    more = await town.gateway.send(refund_call(one, charge, LEFT + 1))
    assert (more.status_code, slug_of(more)) == (409, "refund-exceeds-capture")
    await eventually(partial(agrees, town, client, booking), PATIENCE)
    await complete(town, dear, booking)
    await eventually(partial(has_earned, town, shop, before["payable"]), PATIENCE)
    assert await trial_balance(town, one) == 0


async def with_a_dear_service(town: Town, shop: Shop) -> Shop:
    """The same shop, as whoever books its dear service sees it."""
    body = {
        "code": "color",
        "name": "Color",
        "durationMinutes": 90,
        "price": PRICE,
        "deposit": {"kind": "fixed", "value": DEPOSIT},
        "staffIds": shop.staff,
    }
    path = f"/api/v1/providers/{shop.provider_id}/services"
    made = await town.gateway.ask(Call("POST", path, BARBER, shop.owner.token, body))
    dear = replace(shop, service_id=made["id"])
    await eventually(partial(is_bookable, dear), PATIENCE)
    return dear


def refund_call(operator: Account, charge: Json, pesos: int) -> Call:
    payment = charge["external_reference"].rpartition(".")[2]
    body = {"amount": pesos, "reason": "goodwill"}
    return Call("POST", f"/api/v1/payments/{payment}/refunds", BARBER, operator.token, body)


async def give_back(town: Town, operator: Account, charge: Json, pesos: int) -> Json:
    return dict(await town.gateway.ask(refund_call(operator, charge, pesos)))


async def has_gone(town: Town, charge: Json, pesos: int) -> bool:
    return await town.outside.refunded(charge) == pesos * 100


async def agrees(town: Town, client: Account, booking: Json) -> bool:
    """Whether booking knows of all that went back."""
    return bool((await town.see(client, booking))["refunded"] == PART + LARGE)


async def has_earned(town: Town, shop: Shop, before: float) -> bool:
    """Whether the provider's own is what was left of the deposit, less the commission of 10 % and its VAT."""
    return bool((await standing_of(town, shop))["payable"] == round(before + LEFT * (1 - 0.1 * 1.21), 2))
