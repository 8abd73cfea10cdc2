"""After the appointment: some pay the rest online, some at the place, some leave a tip."""

from typing import Any, Final

from common.money import Money
from localstack.demo.client import Reply, Request
from localstack.demo.desk import money
from localstack.demo.errors import BrokenError
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import World

_PAYMENTS: Final = "/api/v1/payments"
_TOO_MUCH: Final = frozenset({"more-than-owed"})
_ONLINE, _AT_PLACE = 0, 1
_WAYS: Final = 3
_EVERY_TIP: Final = 2
_TIP_PERCENT: Final = 10


async def settle_up(world: World) -> None:
    """Everybody who was served; which way depends on where the story stands in the day."""
    served = [story for story in world.whole if story.status == "completed"]
    await world.each(enumerate(served), lambda item: _settle(world, *item), "settling up")


async def _settle(world: World, number: int, story: Story) -> None:
    with story.breakable():
        rest = money(story.booking["price"]) - story.paid
        if rest and number % _WAYS == _ONLINE:
            await _pay(world, story, rest, {"purpose": "balance"})
            story.balance = rest
            world.counts["balances paid online"] += 1
        elif rest and number % _WAYS == _AT_PLACE:
            await _pay_at_place(world, story, rest)
            world.counts["balances paid at the place"] += 1
        if number % _EVERY_TIP == 0:
            tip = Money(money(story.booking["price"]).percent(_TIP_PERCENT).minor // 100 * 100)
            await _pay(world, story, tip, {"purpose": "tip", "tip": float(tip.as_units())})
            story.tip = tip
            world.counts["tips"] += 1


async def _pay(world: World, story: Story, amount: Money, wish: dict[str, Any]) -> None:
    """Begun, paid, and known to payments."""
    reply = await _post(world, story, wish)
    if money(reply.body["amount"]) != amount:
        raise BrokenError(f"{story.name}: {reply.body['amount']} is asked instead of {amount.as_units()}")
    await world.payer.pay(reply.body, story.vertical, "APRO")
    path, token = f"{_PAYMENTS}/{reply.body['id']}", await world.accounts.token(story.owner)

    async def known() -> bool | None:
        seen = await world.gateway.send(Request("look at a payment", "GET", path, story.vertical, token))
        return True if seen.body["status"] == "paid" else None

    await until(f"{story.name}: its {wish['purpose']} is paid", known)


async def _post(world: World, story: Story, wish: dict[str, Any]) -> Reply:
    token, body = await world.accounts.token(story.owner), {"bookingId": story.id, **wish}
    return await world.gateway.send(Request(f"pay a {wish['purpose']}", "POST", _PAYMENTS, story.vertical, token, body))


async def _pay_at_place(world: World, story: Story, rest: Money) -> None:
    """The owner notes it down; a centavo more than the rest must be refused."""
    token, path = await world.accounts.token(story.opening.owner), f"{_PAYMENTS}/at-place"
    for amount in (Money(rest.minor + 1), rest):
        body = {"bookingId": story.id, "amount": float(amount.as_units()), "method": "cash"}
        wish = Request("take money at the place", "POST", path, story.vertical, token, body, also=_TOO_MUCH)
        if (await world.gateway.send(wish)).ok != (amount == rest):
            raise BrokenError(f"{story.name}: {amount.as_units()} of {rest.as_units()} at the place")
    story.at_place = rest
