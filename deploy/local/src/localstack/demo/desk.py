"""Finding a slot and taking it: search near a point, read what is free, book; also twice at once, and in a race."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4

from common.money import Money
from localstack.demo.accounts import Account
from localstack.demo.client import Reply, Request
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opening
from localstack.demo.outcomes import DAYS, When
from localstack.demo.plan import Errand
from localstack.demo.shops import PSYCHOLOGY, Offer
from localstack.demo.stories import Story
from localstack.demo.world import COUNTRY, World

_BOOKINGS: Final = "/api/v1/bookings"
_TRIES: Final = 6
_PAGES: Final = 40
_TAKEN: Final = frozenset({"slot-taken"})
_NEAREST: Final = 3
_HOUR: Final = timedelta(hours=1)
# Well inside the bounds of the cancellation policy, and of the minimum notice.
_SOON: Final = (timedelta(minutes=30), 3 * _HOUR - timedelta(minutes=10))
_TODAY: Final = (3 * _HOUR + timedelta(minutes=10), 12 * _HOUR - timedelta(minutes=10))
_DAYS_LATER: Final = {True: (DAYS + 1, 8), False: (DAYS + 1, 6)}
"""Whether it is for psychology, which rests on weekends."""


async def search(world: World, opening: Opening, errand: Errand) -> None:
    """Look around near the shop as a client does; it must be among what is found."""
    shop = opening.shop
    near = {"lat": shop.spot.lat + (errand.draw - 0.5) / 100, "lon": shop.spot.lon + (0.5 - errand.draw) / 100}
    query: dict[str, Any] = near | {"service": shop.offers[errand.offer].code, "radiusKm": 3, "limit": 50}
    for _ in range(_PAGES):
        reply = await world.gateway.send(
            Request("search near a point", "GET", "/api/v1/providers", shop.vertical, query=query)
        )
        if any(found["providerId"] == opening.provider_id for found in reply.body["items"]):
            return
        if reply.body["nextCursor"] is None:
            break
        query["cursor"] = reply.body["nextCursor"]
    raise BrokenError(f"{shop.name} was not found near its own place")


async def take_slot(world: World, errand: Errand) -> Story:
    """A booking for the errand; who ends up with it is its owner, in a race perhaps a rival."""
    opening, client = world.openings[errand.shop], await world.client_of(errand)
    rivals = [await world.accounts.of(world.plan.people[one], opening.shop.vertical) for one in errand.rivals]
    for _ in range(_TRIES):
        slot = await _draw_slot(world, opening, errand)
        body = {"serviceId": opening.services[errand.offer], "startsAt": slot["startsAt"], "staffId": slot["staffId"]}
        if rivals:
            won = await _race(world, opening, [client, *rivals], body)
        elif errand.double_click:
            won = await _click_twice(world, opening, client, body)
        else:
            reply = await _book(world, opening, client, body)
            won = (client, reply) if reply.ok else None
        if won is not None:
            return _story(world, opening, errand, *won)
        world.counts["slots taken meanwhile"] += 1
    raise BrokenError(f"errand {errand.number}: every slot was taken meanwhile")


async def take_same_slot(world: World, story: Story, client: Account) -> Story:
    """Somebody else books the slot of a booking that is no more, for a service that costs nothing in advance."""
    opening = story.opening
    at = next(number for number, offer in enumerate(opening.shop.offers) if offer.is_free_to_book)
    body = {
        "serviceId": opening.services[at],
        "startsAt": story.booking["startsAt"],
        "staffId": story.booking["staffId"],
    }
    reply = await _book(world, opening, client, body)
    if not reply.ok:
        raise BrokenError(f"{story.name}: its slot was not free again after it had expired")
    taker = Story(f"taker of {story.name}", client, opening, dict(reply.body))
    taker.confirmed()
    world.stories.append(taker)
    return taker


async def _draw_slot(world: World, opening: Opening, errand: Errand) -> Mapping[str, Any]:
    low, high = _span(world, errand, for_psychology=opening.shop.vertical == PSYCHOLOGY)
    query = {
        "serviceId": opening.services[errand.offer],
        "from": low.astimezone(COUNTRY).date(),
        "to": high.astimezone(COUNTRY).date(),
    }
    reply = await world.gateway.send(
        Request("read availability", "GET", "/api/v1/availability", opening.shop.vertical, query=query)
    )
    slots: Sequence[Mapping[str, Any]] = [
        slot
        for day in reply.body["days"]
        for slot in day["slots"]
        if low <= datetime.fromisoformat(slot["startsAt"]) <= high
    ]
    if not slots:
        raise BrokenError(f"errand {errand.number}: {opening.shop.name} has no free slot {errand.when.value}")
    return slots[int(errand.draw * len(slots))]


def _span(world: World, errand: Errand, *, for_psychology: bool) -> tuple[datetime, datetime]:
    """Between which instants the slot must lie."""
    now = world.now()
    if errand.when is When.SOON:
        return now + _SOON[0], now + _SOON[1]
    if errand.when is When.TODAY:
        return now + _TODAY[0], now + _TODAY[1]
    midnight = datetime.combine(world.today, time(), COUNTRY)
    first, last = (1, DAYS) if errand.when is When.NEXT_DAYS else _DAYS_LATER[for_psychology]
    return midnight + timedelta(days=first), midnight + timedelta(days=last + 1, seconds=-1)


async def _book(
    world: World, opening: Opening, client: Account, body: Mapping[str, Any], key: str | None = None
) -> Reply:
    token = await world.accounts.token(client)
    vertical = opening.shop.vertical
    return await world.gateway.send(Request("book", "POST", _BOOKINGS, vertical, token, body, key=key, also=_TAKEN))


async def _click_twice(
    world: World, opening: Opening, client: Account, body: Mapping[str, Any]
) -> tuple[Account, Reply] | None:
    key = uuid4().hex
    first, second = await asyncio.gather(*(_book(world, opening, client, body, key) for _ in range(2)))
    if (first.status, first.body) != (second.status, second.body):
        # A refusal is not kept, so a click that came after somebody else let go of the slot may have got it.
        if first.ok and second.ok:
            raise BrokenError("a repeated request got another answer")
        first = first if first.ok else second
    world.counts["double clicks"] += 1
    return (client, first) if first.ok else None


async def _race(
    world: World, opening: Opening, runners: Sequence[Account], body: Mapping[str, Any]
) -> tuple[Account, Reply] | None:
    """All at once for one slot: at most one gets it, and the others are told what else is free."""
    replies = await asyncio.gather(*(_book(world, opening, runner, body) for runner in runners))
    winners = [(runner, reply) for runner, reply in zip(runners, replies, strict=True) if reply.ok]
    if len(winners) > 1:
        raise BrokenError(f"{len(winners)} clients were given one slot")
    for reply in replies:
        if not reply.ok and not 0 < len(reply.body.get("nearest", ())) <= _NEAREST:
            raise BrokenError("who lost a race was not told what else is free")
    if not winners:
        return None
    world.counts["races"] += 1
    world.counts["rivals refused"] += len(runners) - 1
    return winners[0]


def _story(world: World, opening: Opening, errand: Errand, owner: Account, reply: Reply) -> Story:
    name = f"errand {errand.number} ({errand.outcome.value}, {errand.sequel.value})"
    story = Story(name, owner, opening, dict(reply.body), errand.sequel)
    due = due_now(opening.shop.offers[errand.offer])
    if money(reply.body["dueNow"]) != due:
        raise BrokenError(f"{name}: {reply.body['dueNow']} is due instead of {due.as_units()}")
    if (reply.body["status"] == "confirmed") == bool(due):
        raise BrokenError(f"{name}: it is {reply.body['status']} at once")
    world.stories.append(story)
    return story


def due_now(offer: Offer) -> Money:
    """What the offer asks for in advance."""
    kind, value = offer.deposit
    price = Money(offer.pesos * 100)
    if kind == "percent":
        return price.percent(int(value))
    return {"none": Money.zero(), "fixed": min(price, money(value)), "whole": price}[kind]


def money(pesos: object) -> Money:
    """Pesos of a JSON body."""
    return Money(round(float(str(pesos)) * 100))
