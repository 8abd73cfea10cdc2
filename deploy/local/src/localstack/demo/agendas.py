"""Professionals work off their agenda once the appointments are over."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Final

from localstack.demo.client import Request
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opening
from localstack.demo.outcomes import DAYS, Sequel
from localstack.demo.stories import Story
from localstack.demo.world import World

_VERBS: Final = {Sequel.ATTENDED: ("complete", "completed"), Sequel.MISSED: ("no-show", "no_show")}
_TOO_EARLY: Final = frozenset({"not-yet"})


async def check_too_early(world: World) -> None:
    """Nobody can be served before the appointment."""
    story = next((each for each in _waiting(world).values()), None)
    if story is None:
        return
    token = await world.accounts.token(story.opening.owner)
    path = f"/api/v1/bookings/{story.id}/complete"
    early = Request("complete too early", "POST", path, story.vertical, token, also=_TOO_EARLY)
    if (await world.gateway.send(early)).ok:
        raise BrokenError(f"{story.name} was completed before it began")


async def work_off(world: World, opening: Opening) -> None:
    """Everybody who was there is marked as served, everybody who was not as missing."""
    waiting = {key: story for key, story in _waiting(world).items() if story.opening is opening}
    seen = {booking_id for day in range(1, DAYS + 1) async for booking_id in _agenda(world, opening, day)}
    for booking_id, story in waiting.items():
        if booking_id not in seen:
            raise BrokenError(f"{story.name} is not in the agenda of {opening.shop.name}")
        verb, status = _VERBS[story.sequel]
        path = f"/api/v1/bookings/{booking_id}/{verb}"
        token = await world.accounts.token(opening.owner)
        reply = await world.gateway.send(Request(verb, "POST", path, opening.shop.vertical, token))
        if reply.body["status"] != status:
            raise BrokenError(f"{story.name} is {reply.body['status']} instead of {status}")
        story.status = status


def _waiting(world: World) -> Mapping[str, Story]:
    return {story.id: story for story in world.whole if story.status == "confirmed" and story.sequel in _VERBS}


async def _agenda(world: World, opening: Opening, day: int) -> AsyncIterator[str]:
    date = world.today + timedelta(days=day)
    query: dict[str, Any] = {"providerId": opening.provider_id, "date": date, "limit": 100}
    while True:
        token = await world.accounts.token(opening.owner)
        reply = await world.gateway.send(
            Request("read an agenda", "GET", "/api/v1/bookings", opening.shop.vertical, token, query=query)
        )
        for booking in reply.body["items"]:
            yield str(booking["id"])
        if reply.body["nextCursor"] is None:
            return
        query["cursor"] = reply.body["nextCursor"]
