"""What every professional earned, recounted from the day's own stories; and that the books of all add up to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final

from common.money import Money
from common.verticals import Commission
from localstack.demo.accounts import Account
from localstack.demo.client import Request
from localstack.demo.desk import money
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opening
from localstack.demo.outcomes import DAYS
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import World

_OVER: Final = frozenset({"completed", "no_show", "cancelled"})
_WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Earned:
    """Centavos: what clients paid and did not get back, and whose it is."""

    gross: int = 0
    commission: int = 0
    vat: int = 0
    held: int = 0
    """Of services to come."""
    tips: int = 0
    """In `gross`."""

    def __add__(self, other: "Earned") -> "Earned":
        return Earned(
            self.gross + other.gross,
            self.commission + other.commission,
            self.vat + other.vat,
            self.held + other.held,
            self.tips + other.tips,
        )

    @property
    def net(self) -> int:
        """The professional's own."""
        return self.gross - self.commission - self.vat


async def check_earnings(world: World, operator: Account) -> Earned:
    """Each professional's own screen against the recount; the trial balance of each vertical. What all earned."""
    doubtful = {story.opening.provider_id for story in world.stories if story.broken}
    sure = [opening for opening in world.openings.values() if opening.provider_id not in doubtful]
    await world.each(sure, lambda opening: _check(world, opening), "earnings")
    for vertical in world.verticals:
        await _check_books(world, operator, vertical.id)
    return sum((recount(world, opening) for opening in sure), Earned())


def recount(world: World, opening: Opening) -> Earned:
    """From what was done with each booking, and the tariff in the vertical's file."""
    tariff = world.verticals.get(opening.shop.vertical).commission
    whose = [story for story in world.stories if story.opening is opening]
    return sum((one for story in whose for one in _parts(story, tariff)), Earned())


def _parts(story: Story, tariff: Commission) -> Iterator[Earned]:
    kept = story.paid.minor - story.refunded.minor
    if story.status in _OVER:
        yield _shared(story.paid.minor, story.refunded.minor, tariff)
        yield _shared(story.balance.minor, 0, tariff)
        yield Earned(gross=story.tip.minor, tips=story.tip.minor)
    elif story.status == "confirmed":
        yield Earned(held=kept)


def _shared(taken: int, returned: int, tariff: Commission) -> Earned:
    """One payment: the platform's part is of all that was taken, and goes back in the share in which the rest did."""
    fee = _half_up(Fraction(taken * tariff.bps, _WHOLE))
    parts = (fee, _half_up(Fraction(fee * tariff.vat_bps, _WHOLE)))
    commission, vat = (one - _half_up(Fraction(one * returned, taken)) if taken else 0 for one in parts)
    return Earned(taken - returned, commission, vat)


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


async def _check(world: World, opening: Opening) -> None:
    expected, seen = recount(world, opening), [Earned()]

    async def right() -> bool | None:
        seen[0] = await _own_screen(world, opening)
        return True if seen[0] == expected else None

    await until(lambda: f"{opening.shop.name} earned {seen[0]} instead of {expected}", right)


async def _own_screen(world: World, opening: Opening) -> Earned:
    today, token = world.today, await world.accounts.token(opening.owner)
    path = f"/api/v1/providers/{opening.provider_id}/earnings"
    query = {"from": today - timedelta(days=1), "to": today + timedelta(days=DAYS + 1)}
    body = (
        await world.gateway.send(Request("read earnings", "GET", path, opening.shop.vertical, token, query=query))
    ).body
    gross, commission, vat, net, tips = (
        sum(money(one[name]).minor for one in body["items"]) for name in ("gross", "commission", "vat", "net", "tips")
    )
    found = Earned(gross, commission, vat, money(body["standing"]["held"]).minor, tips)
    if (found.net, found.net) != (net, money(body["standing"]["payable"]).minor):
        raise BrokenError(f"{opening.shop.name}: {net} earned, {body['standing']['payable']} payable")
    return found


async def _check_books(world: World, operator: Account, vertical: str) -> None:
    token = await world.accounts.token(operator)
    request = Request("read the trial balance", "GET", "/api/v1/payments/trial-balance", vertical, token)
    total = (await world.gateway.send(request)).body["total"]
    if money(total) != Money.zero():
        raise BrokenError(f"the books of {vertical} do not add up: {total}")
