"""What more a calendar can do: weeks in a row, groups, a waitlist, requests and moves; among people of their own.

Their shops are none of the plan's: what the plan's must earn and show is counted without them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any, Final

from localstack.demo.accounts import Account
from localstack.demo.client import Request
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opener, Opening
from localstack.demo.outcomes import DAYS
from localstack.demo.paying import begin, look, paid, pay
from localstack.demo.people import Contact
from localstack.demo.shops import PSYCHOLOGY
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import World

_NUMBER: Final = 900
_FROM, _TO = timedelta(days=DAYS + 1), timedelta(days=6)
_CUT, _BEARD = 0, 1
"""A cut asks for a deposit, a beard for nothing."""
_FOUR_WEEKS: Final = "FREQ=WEEKLY;COUNT=4"
_FEWEST: Final = 3
"""Of four weeks: one may be a public holiday."""
_APART: Final = 5
_ID: Final = 36
"""Characters."""


@dataclass(slots=True)
class Calendar:
    """One shop's, and who comes to it."""

    world: World
    opening: Opening
    people: "count[int]" = field(default_factory=count)
    taken: "count[int]" = field(default_factory=count)

    async def ask(
        self,
        who: Account | None,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer's body."""
        *_, name = (part for part in path.split("/") if len(part) < _ID)
        token = await self.world.accounts.token(who) if who is not None else None
        vertical = self.opening.shop.vertical
        request = Request(f"calendar: {name}", method, f"/api/v1/{path}", vertical, token, body, query=query or {})
        return (await self.world.gateway.send(request)).body

    async def client(self) -> Account:
        """Somebody new."""
        number, shop = next(self.people), self.opening.shop.number
        address = f"agenda{shop}.{number}.{self.world.run:x}@example.com"
        return await self.world.accounts.register(Contact(f"Clara {number}", address, None), "client")

    async def start(self, service_id: str) -> str:
        """A free start some days ahead, far from those that were given out before."""
        first, last = self.world.today + _FROM, self.world.today + _TO
        query = {"serviceId": service_id, "from": first, "to": last}
        found = await self.ask(None, "GET", "availability", query=query)
        starts = [slot["startsAt"] for day in found["days"] for slot in day["slots"]]
        return str(starts[next(self.taken) * _APART % len(starts)])

    async def make(self, who: Account, path: str, body: Mapping[str, Any]) -> list[Story]:
        """What was booked by one request."""
        made = await self.ask(who, "POST", path, body)
        return [Story(f"calendar: {path}", who, self.opening, one) for one in made.get("bookings", [made])]

    async def buy(self, story: Story) -> None:
        """Until it is paid and confirmed."""
        await begin(self.world, story)
        await pay(self.world, story, "APRO", "approved")
        await paid(self.world, story)

    async def stands(self, story: Story, status: str) -> None:
        """It must, now or soon."""

        async def reached() -> bool | None:
            return True if (await look(self.world, story))["status"] == status else None

        await until(f"{story.name} is {status}", reached)


async def use_calendars(world: World, operator: Account) -> None:
    """Each once; what breaks is noted."""
    opener = Opener(world.gateway, world.accounts, operator, world.run, world.today)
    model = next(shop for shop in world.plan.shops if shop.never_closes)
    alone = replace(model, number=_NUMBER, name=f"{model.name} II", staff=model.staff[:1], things=1)
    sofa = next(shop for shop in world.plan.shops if shop.vertical == PSYCHOLOGY)
    barber = Calendar(world, await opener.open(alone))
    psychologist = Calendar(world, await opener.open(replace(sofa, number=_NUMBER + 1, name=f"{sofa.name} II")))
    acts: tuple[tuple[Callable[[Calendar], Awaitable[None]], Calendar], ...] = (
        (_weeks_paid_once, barber),
        (_weeks_paid_one_by_one, psychologist),
        (_group, barber),
        (_group_called_off, barber),
        (_waitlist, barber),
        (_request_and_move, barber),
    )
    for act, calendar in acts:
        with world.noting("calendar"):
            await act(calendar)
            world.counts[f"calendar: {act.__name__.strip('_').replace('_', ' ')}"] += 1


async def _weeks(calendar: Calendar, offer: int) -> list[Story]:
    service_id = calendar.opening.services[offer]
    wish = {"serviceId": service_id, "startsAt": await calendar.start(service_id), "rule": _FOUR_WEEKS, "skip": True}
    stories = await calendar.make(await calendar.client(), "bookings/series", wish)
    if len(stories) < _FEWEST:
        raise BrokenError(f"{len(stories)} of four weeks were booked")
    return stories


async def _weeks_paid_once(calendar: Calendar) -> None:
    first, *others = await _weeks(calendar, _CUT)
    await calendar.buy(first)
    for one in others:
        await calendar.stands(one, "confirmed")
    body = {"scope": "following", "bookingId": others[-1].id}
    await calendar.ask(first.owner, "POST", f"bookings/series/{first.booking['seriesId']}/cancel", body)
    await calendar.stands(others[-1], "cancelled")


async def _weeks_paid_one_by_one(calendar: Calendar) -> None:
    first, second, *others = await _weeks(calendar, 0)
    await calendar.buy(first)
    await calendar.buy(second)
    for one in others:
        await calendar.stands(one, "held")


async def _announce(calendar: Calendar, offer: int) -> str:
    service_id = calendar.opening.services[offer]
    profile = await calendar.ask(calendar.opening.owner, "GET", f"providers/{calendar.opening.provider_id}")
    body = {
        "serviceId": service_id,
        "startsAt": await calendar.start(service_id),
        "staffId": calendar.opening.staff[0],
        "placeId": profile["places"][0]["id"],
        "seats": 3,
        "minimum": 2,
    }
    return str((await calendar.ask(calendar.opening.owner, "POST", "sessions", body))["id"])


async def _group(calendar: Calendar) -> None:
    session_id = await _announce(calendar, _BEARD)
    for _ in range(3):
        await calendar.make(await calendar.client(), "bookings", {"sessionId": session_id})
    left = (await calendar.ask(None, "GET", f"sessions/{session_id}"))["seatsLeft"]
    if left:
        raise BrokenError(f"{left} seats of a full group are left")


async def _group_called_off(calendar: Calendar) -> None:
    session_id = await _announce(calendar, _CUT)
    (seat,) = await calendar.make(await calendar.client(), "bookings", {"sessionId": session_id})
    await calendar.buy(seat)
    await calendar.ask(calendar.opening.owner, "POST", f"sessions/{session_id}/cancel", {"reason": "closed"})
    seen = await look(calendar.world, seat)
    if (seen["status"], seen["refunded"]) != ("cancelled", seen["paid"]):
        raise BrokenError(f"a seat of a group that was called off is {seen['status']}, {seen['refunded']} went back")


async def _waitlist(calendar: Calendar) -> None:
    service_id = calendar.opening.services[_BEARD]
    (kept,) = await calendar.make(
        await calendar.client(), "bookings", {"serviceId": service_id, "startsAt": await calendar.start(service_id)}
    )
    waiter = await calendar.client()
    window = {"serviceId": service_id, "from": kept.booking["startsAt"], "to": kept.booking["endsAt"]}
    await calendar.ask(waiter, "POST", "waitlist", window)
    await calendar.ask(kept.owner, "POST", f"bookings/{kept.id}/cancel")

    async def offered() -> str | None:
        (wait,) = (await calendar.ask(waiter, "GET", "waitlist"))["items"]
        return wait["bookingId"] if wait["status"] == "offered" else None

    booking_id = await until("what came free is offered to who waits", offered)
    taken = await calendar.ask(waiter, "POST", f"bookings/{booking_id}/accept")
    if taken["status"] != "confirmed":
        raise BrokenError(f"an offer that was accepted is {taken['status']}")


async def _request_and_move(calendar: Calendar) -> None:
    opening = calendar.opening
    terms = {"code": "diseno", "name": "Diseño", "durationMinutes": 30, "price": 9000, "staffIds": list(opening.staff)}
    body = terms | {"deposit": {"kind": "percent", "value": 50}, "approval": True}
    made = await calendar.ask(opening.owner, "POST", f"providers/{opening.provider_id}/services", body)
    like = opening.services[_CUT]

    async def asked() -> Story | None:
        wish = {"serviceId": made["id"], "startsAt": await calendar.start(like)}
        path, token = "/api/v1/bookings", await calendar.world.accounts.token(client)
        request = Request(
            "calendar: ask", "POST", path, opening.shop.vertical, token, wish, also=frozenset({"not-found"})
        )
        reply = await calendar.world.gateway.send(request)
        return Story("calendar: a request", client, opening, dict(reply.body)) if reply.ok else None

    client = await calendar.client()
    story = await until("a new service can be booked", asked)
    await calendar.ask(opening.owner, "POST", f"bookings/{story.id}/approve", {"startsAt": story.booking["startsAt"]})
    await calendar.buy(story)
    there = {"startsAt": await calendar.start(like)}
    moved = await calendar.ask(client, "POST", f"bookings/{story.id}/reschedule", there)
    if (moved["status"], moved["rescheduled"]) != ("confirmed", 1):
        raise BrokenError(f"a booking that was moved is {moved['status']}, moved {moved['rescheduled']} times")
