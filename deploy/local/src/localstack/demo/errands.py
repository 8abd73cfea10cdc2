"""One client's errands, from the search to a cancellation; and what MercadoPago decides later."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.money import Money
from localstack.demo.client import Request
from localstack.demo.desk import money, search, take_slot
from localstack.demo.errors import BrokenError
from localstack.demo.outcomes import LATE, Outcome, Sequel
from localstack.demo.paying import follow_money, settle
from localstack.demo.plan import Errand, Plan
from localstack.demo.stories import Story
from localstack.demo.world import World

_CANCELLED: Final = frozenset(
    {Sequel.CANCELLED_EARLY, Sequel.CANCELLED_IN_TIME, Sequel.CANCELLED_LATE, Sequel.CANCELLED_BY_PROVIDER}
)
_DECIDED: Final = {Outcome.PENDING_APPROVED: "approved", Outcome.PENDING_REJECTED: "rejected"}


def by_client(plan: Plan) -> list[list[Errand]]:
    """Who does what during the day, the busiest first: nobody does two things at once."""
    whose: dict[int, list[Errand]] = defaultdict(list)
    for errand in plan.errands:
        if errand.outcome not in LATE:
            whose[errand.person].append(errand)
    return sorted(whose.values(), key=len, reverse=True)


async def run_errand(world: World, errand: Errand) -> Story:
    """Find, book, pay, and cancel where that is the plan."""
    opening = world.openings[errand.shop]
    await search(world, opening, errand)
    story = await take_slot(world, errand)
    with story.breakable():
        await follow_money(world, story, errand.outcome)
        if errand.sequel in _CANCELLED:
            await cancel(world, story, by_provider=errand.sequel is Sequel.CANCELLED_BY_PROVIDER)
    return story


async def decide(world: World, pending: Sequence[tuple[Errand, Story]]) -> None:
    """MercadoPago makes up its mind about what it left pending."""

    async def one(item: tuple[Errand, Story]) -> None:
        errand, story = item
        if errand.outcome in _DECIDED:
            with story.breakable():
                await settle(world, story, _DECIDED[errand.outcome])

    await world.each(pending, one, "settling")


async def cancel(world: World, story: Story, *, by_provider: bool) -> None:
    """Call it off: guests by the link they were given, others with their account. The policy says what goes back."""
    expected = refund_for(world, story, by_provider=by_provider)
    reply = await world.gateway.send(await _cancelling(world, story, by_provider=by_provider))
    if reply.body["status"] != "cancelled" or money(reply.body["refunded"]) != expected:
        found = f"{reply.body['status']}, {reply.body['refunded']} go back"
        raise BrokenError(f"{story.name}: {found} instead of {expected.as_units()}")
    story.cancelled(expected)


def refund_for(world: World, story: Story, *, by_provider: bool) -> Money:
    """What must go back by the vertical's policy; everything when the provider cancels."""
    if by_provider:
        return story.paid
    notice = story.starts_at - world.now()
    for step in world.vertical_of(story).cancellation.steps:
        if notice >= timedelta(hours=step.notice_hours):
            return story.paid.percent(step.refund_percent)
    return Money.zero()


async def _cancelling(world: World, story: Story, *, by_provider: bool) -> Request:
    step = "cancel"
    if by_provider:
        world.counts["cancelled by the provider"] += 1
        token = await world.accounts.token(story.opening.owner)
        return Request(step, "POST", f"/api/v1/bookings/{story.id}/cancel", story.vertical, token)
    if story.owner.is_guest:
        world.counts["cancelled by link"] += 1
        link = str(story.booking["link"]).rpartition("/")[2]
        return Request(step, "POST", f"/api/v1/bookings/by-link/{link}/cancel", story.vertical)
    world.counts["cancelled by the client"] += 1
    token = await world.accounts.token(story.owner)
    return Request(step, "POST", f"/api/v1/bookings/{story.id}/cancel", story.vertical, token)
