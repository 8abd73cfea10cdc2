"""Paying, in all the ways it goes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from localstack.demo.client import Request
from localstack.demo.desk import money
from localstack.demo.errors import BrokenError
from localstack.demo.outcomes import Outcome
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import World

_PAYMENTS: Final = "/api/v1/payments"
_REJECTED: Final = ("OTHE", "CALL", "FUND", "SECU", "EXPI", "FORM")


async def follow_money(world: World, story: Story, outcome: Outcome) -> None:
    """What the client does about the money while the hold runs."""
    await _COURSES[outcome](world, story)


async def begin(world: World, story: Story) -> None:
    """Ask for MercadoPago's page."""
    token = await world.accounts.token(story.owner)
    body = {"bookingId": story.id}
    reply = await world.gateway.send(Request("begin a payment", "POST", _PAYMENTS, story.vertical, token, body))
    story.payment = dict(reply.body)
    if money(reply.body["amount"]) != money(story.booking["dueNow"]):
        raise BrokenError(f"{story.name}: another amount is to be paid than is due")


async def pay(world: World, story: Story, holder: str, status: str) -> dict[str, Any]:
    """Pay on the page as that holder; MercadoPago must say `status`."""
    if story.payment is None:
        raise BrokenError(f"{story.name}: there is no payment to be paid")
    story.tries += 1
    made = await world.payer.pay(story.payment, story.vertical, holder, story.tries)
    if made["status"] != status:
        raise BrokenError(f"{story.name}: MercadoPago says {made['status']} instead of {status}")
    return made


async def wait_for_status(world: World, story: Story, status: str) -> None:
    """Until booking says so."""

    async def reached() -> bool | None:
        return True if (await look(world, story))["status"] == status else None

    await until(f"{story.name} is {status}", reached)


async def look(world: World, story: Story) -> Mapping[str, Any]:
    """The booking as its client sees it."""
    token = await world.accounts.token(story.owner)
    path = f"/api/v1/bookings/{story.id}"
    found: Mapping[str, Any] = (
        await world.gateway.send(Request("look at a booking", "GET", path, story.vertical, token))
    ).body
    return found


async def settle(world: World, story: Story, status: str) -> None:
    """MercadoPago makes up its mind about the last try."""
    if story.payment is None:
        raise BrokenError(f"{story.name}: there is no payment to be settled")
    made = await world.payer.payments_of(f"{story.vertical}.{story.payment['id']}")
    await world.payer.settle(made[-1]["id"], status)
    if status == "approved":
        await paid(world, story)


async def paid(world: World, story: Story) -> None:
    """The money is there, so the booking must become confirmed."""
    story.paid = money(story.booking["dueNow"])
    await wait_for_status(world, story, "confirmed")
    story.confirmed()


async def _approved(world: World, story: Story) -> None:
    await begin(world, story)
    await pay(world, story, "APRO", "approved")
    await paid(world, story)


async def _rejected(world: World, story: Story) -> None:
    await begin(world, story)
    await pay(world, story, _REJECTED[int(story.id[-1], 16) % len(_REJECTED)], "rejected")
    story.status = "expired"


async def _rejected_then_approved(world: World, story: Story) -> None:
    await _rejected(world, story)
    await pay(world, story, "APRO", "approved")
    await paid(world, story)


async def _pending(world: World, story: Story) -> None:
    await begin(world, story)
    await pay(world, story, "CONT", "in_process")
    story.status = "expired"


async def _abandoned(world: World, story: Story) -> None:
    await begin(world, story)
    story.status = "expired"


async def _never_begun(_world: World, story: Story) -> None:
    story.status = "expired"


async def _nothing_due(_world: World, story: Story) -> None:
    story.confirmed()


_COURSES: Final[Mapping[Outcome, Callable[[World, Story], Awaitable[None]]]] = {
    Outcome.APPROVED: _approved,
    Outcome.REJECTED_THEN_APPROVED: _rejected_then_approved,
    Outcome.REJECTED: _rejected,
    Outcome.PENDING_APPROVED: _pending,
    Outcome.PENDING_REJECTED: _pending,
    Outcome.PENDING_FORGOTTEN: _pending,
    Outcome.ABANDONED: _abandoned,
    Outcome.NEVER_BEGUN: _never_begun,
    Outcome.NOTHING_DUE: _nothing_due,
    Outcome.LATE_RECLAIMED: _abandoned,
    Outcome.LATE_REFUNDED: _abandoned,
}
