"""What the day must have caused, asked of everybody who should know: booking, payments, the bank, analytics."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from common.money import Money
from localstack.demo.accounts import Account
from localstack.demo.client import Request
from localstack.demo.desk import money
from localstack.demo.earnings import Earned
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opening
from localstack.demo.outcomes import DAYS
from localstack.demo.stories import Story, figures_of
from localstack.demo.waiting import until
from localstack.demo.world import World

_PAGE: Final = 100
_MOST_PAGES: Final = 50
_GIVEN_UP: Final = frozenset({"expired", "cancelled"})


@dataclass(slots=True)
class Found:
    """What the checks saw, for the report."""

    payments: Counter[str] = field(default_factory=Counter)
    refunds: int = 0
    refunded: Money = field(default_factory=Money.zero)
    captured: Money = field(default_factory=Money.zero)
    earned: Earned = field(default_factory=Earned)
    totals: dict[str, dict[str, int]] = field(default_factory=dict)


async def check_bookings(world: World) -> None:
    """Each client's own list says what must have become of their bookings."""
    by_owner: dict[tuple[str, str], list[Story]] = defaultdict(list)
    for story in world.whole:
        by_owner[story.owner.id, story.vertical].append(story)
    await world.each(by_owner.values(), lambda stories: _check_list(world, stories), "bookings")


async def check_money(world: World, found: Found) -> None:
    """What was paid and given back is the same at payments and at the bank."""
    paying = [story for story in world.whole if story.payment is not None]
    await world.each(paying, lambda story: _check_payment(world, story, found), "payments")


async def check_dashboards(world: World, analyst: Account, found: Found) -> None:
    """Analytics counts of each professional what the demo counted."""
    openings = list(world.openings.values())
    doubtful = {story.opening.provider_id for story in world.stories if story.broken}
    sure = [opening for opening in openings if opening.provider_id not in doubtful]
    await world.each(sure, lambda opening: _check_dashboard(world, analyst, opening), "dashboards")
    for vertical in {opening.shop.vertical for opening in openings}:
        found.totals[vertical] = await _dashboard(world, analyst, vertical)


async def _check_list(world: World, stories: list[Story]) -> None:
    wrong: list[str] = []

    async def right() -> bool | None:
        status = {item["id"]: item["status"] for item in await own_list(world, stories[0], "bookings")}
        wrong[:] = [
            f"{story.name} is {status.get(story.id)} instead of {story.status}"
            for story in stories
            if status.get(story.id) != story.status
        ]
        return None if wrong else True

    await until(lambda: wrong[0], right)


async def _check_payment(world: World, story: Story, found: Found) -> None:
    state: dict[str, Any] = {}

    async def right() -> bool | None:
        paid = await own_list(world, story, "payments", bookingId=story.id)
        # Newest first: the first of the due is the one that counts.
        state.update(next(one for one in paid if one["purpose"] == "due"))
        return True if _is_right(story, state) else None

    def seen() -> str:
        sums = f"{state['captured']} taken, {state['refunded']} given back"
        return f"{story.name}: payments says {state['status']}, {sums}"

    await until(seen, right)
    await _check_ledger(world, story, str(state["id"]), found)
    found.payments[state["status"]] += 1


def _is_right(story: Story, state: Mapping[str, Any]) -> bool:
    sums = money(state["captured"]), money(state["refunded"])
    return state["status"] in _payment_of(story) and sums == (story.paid, story.refunded)


def _payment_of(story: Story) -> frozenset[str]:
    """What the payment's status may be."""
    if not story.paid:
        return _GIVEN_UP
    if not story.refunded:
        return frozenset({"paid"})
    return frozenset({"refunded" if story.refunded == story.paid else "partially_refunded"})


async def _check_ledger(world: World, story: Story, payment_id: str, found: Found) -> None:
    made = await world.payer.payments_of(f"{story.vertical}.{payment_id}")
    captured = Money(sum(each["sandbox"]["captured_minor"] + each["sandbox"]["refunded_minor"] for each in made))
    refunded = Money(sum(each["sandbox"]["refunded_minor"] for each in made))
    if (captured, refunded) != (story.paid, story.refunded):
        sums = f"{captured.as_units()} taken and {refunded.as_units()} given back"
        raise BrokenError(f"{story.name}: MercadoPago says {sums}")
    found.captured += captured
    found.refunded += refunded
    found.refunds += sum(len(each.get("refunds", ())) for each in made)


async def _check_dashboard(world: World, analyst: Account, opening: Opening) -> None:
    expected = figures_of(story for story in world.stories if story.opening is opening)
    wrong: list[str] = []

    async def right() -> bool | None:
        totals = await _dashboard(world, analyst, opening.shop.vertical, f"/{opening.provider_id}")
        wrong[:] = [
            f"{name} {totals[name]} instead of {count}" for name, count in expected.items() if totals[name] != count
        ]
        return None if wrong else True

    await until(lambda: f"{opening.shop.name}: analytics counts {', '.join(wrong)}", right)


async def _dashboard(world: World, analyst: Account, vertical: str, path: str = "") -> dict[str, int]:
    """The totals of these days, money in centavos. Some bookings were made under a clock that was ahead."""
    today = world.today
    query = {"from": today - timedelta(days=1), "to": today + timedelta(days=DAYS + 1)}
    token = await world.accounts.token(analyst)
    request = Request("read a dashboard", "GET", f"/api/v1/analytics/dashboard{path}", vertical, token, query=query)
    totals = (await world.gateway.send(request)).body["totals"]
    return {name: money(value).minor if name.startswith("revenue") else value for name, value in totals.items()}


async def own_list(world: World, story: Story, what: str, **query: Any) -> list[dict[str, Any]]:
    """Every page of a list of the booking's client."""
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_PAGES):
        token = await world.accounts.token(story.owner)
        asked = query | {"limit": _PAGE}
        reply = await world.gateway.send(
            Request(f"list one's {what}", "GET", f"/api/v1/{what}", story.vertical, token, query=asked)
        )
        found += reply.body["items"]
        if reply.body["nextCursor"] is None:
            return found
        query["cursor"] = reply.body["nextCursor"]
    raise BrokenError(f"the list of one's {what} does not end")
