"""A random walk over one barber's morning against a simple model; long for `make test-deep`."""

from dataclasses import dataclass, field
from datetime import datetime, time
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Shop, days_ahead
from services.booking.tests.waiting import BOOKINGS, HALF, WAITLIST, Person, run

from booking.usecases import BookingContext
from common.testing import Tokens
from contracts.providers import DepositPart

SLOTS = [days_ahead(2, time(9)) + n * HALF for n in range(6)]
OPEN = ("waiting", "offered")
LIVE = ("held", "confirmed")


@dataclass
class Freed:
    """A slot that came free: who had it or was offered it, and which waits stood in line then."""

    had: set[str] = field(default_factory=set)
    line: set[str] = field(default_factory=set)


@dataclass
class Walk:
    context: BookingContext
    shop: Shop
    people: list[Person]
    random: Random
    waits: dict[str, dict[str, Any]] = field(default_factory=dict)
    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)
    freed: dict[datetime, Freed] = field(default_factory=dict)
    of_offer: dict[str, Freed] = field(default_factory=dict)

    async def step(self) -> None:
        steps = [self.join, self.join, self.book, self.book, self.end, self.end, self.move, self.lapse, self.take]
        await self.random.choice([*steps, self.leave])()
        await run(self.context)
        await self.look()

    async def join(self) -> None:
        first = self.random.randrange(len(SLOTS))
        last = self.random.randrange(first, len(SLOTS))
        await self.random.choice(self.people).asks_to_wait(self.shop, SLOTS[first], SLOTS[last] + HALF)

    async def book(self) -> None:
        who, start = self.random.choice(self.people), self.random.choice(SLOTS)
        await who.http.post(BOOKINGS, json=self.shop.wish(start), headers=who.headers)

    async def end(self) -> None:
        if one := self.pick(LIVE):
            self.let_go(one)
            await self.owner(one).acts(one, "cancel")

    async def move(self) -> None:
        if one := self.pick(LIVE):
            moved = await self.owner(one).acts(one, "reschedule", startsAt=self.random.choice(SLOTS).isoformat())
            if moved.status_code == 200 and moved.json()["startsAt"] != one["startsAt"]:
                self.let_go(one)
                self.freed.pop(start_of(moved.json()), None)

    async def lapse(self) -> None:
        if one := self.pick(("held",)):
            self.let_go(one)
            async with self.context.uow.begin("barber") as work:
                query = "UPDATE booking SET due_at = app_now() WHERE id = $1"
                await work.connection.execute(query, UUID(one["id"]))

    async def take(self) -> None:
        if one := self.pick(("held",)):
            assert (await self.owner(one).acts(one, "accept")).status_code == 200

    async def leave(self) -> None:
        open_ones = [one for one in self.waits.values() if one["status"] in OPEN]
        if open_ones:
            one = self.random.choice(open_ones)
            if one["bookingId"] is not None:
                self.let_go(self.bookings[one["bookingId"]])
            await self.owner(one).http.delete(f"{WAITLIST}/{one['id']}", headers=self.owner(one).headers)

    def pick(self, statuses: tuple[str, ...]) -> dict[str, Any] | None:
        found = [one for one in self.bookings.values() if one["status"] in statuses]
        return self.random.choice(found) if found else None

    def owner(self, one: dict[str, Any]) -> Person:
        return next(each for each in self.people if str(each.account) == one["clientId"])

    def let_go(self, one: dict[str, Any]) -> None:
        """What was an offer comes free as what it was offered from."""
        had = self.of_offer.get(one["id"], Freed()).had
        had.add(one["clientId"])
        # An offer that was moved left a slot behind, and leaves another: each has a line of its own.
        line = {wait["id"] for wait in self.waits.values() if wait["status"] in OPEN}
        self.freed[start_of(one)] = Freed(had, line)

    async def look(self) -> None:
        """Read all there is, and hold it against the model."""
        before = self.bookings
        self.bookings = {}
        waits: dict[str, dict[str, Any]] = {}
        for who in self.people:
            for one in await everything(who, BOOKINGS):
                self.bookings[one["id"]] = one | {"clientId": str(who.account)}
            waits |= {one["id"]: one for one in await everything(who, WAITLIST)}
        taken = [start_of(one) for one in self.bookings.values() if one["status"] in LIVE]
        assert len(taken) == len(set(taken))
        for one in sorted(waits.values(), key=lambda wait: wait["bookingId"] or ""):
            if one["bookingId"] is not None and one["bookingId"] not in before:
                self.was_offered(one, waits)
        self.waits = waits
        self.freed = {start: freed for start, freed in self.freed.items() if start not in taken}
        for start, freed in self.freed.items():
            assert not [one for one in waits.values() if self.could_have(one, start, freed)]

    def was_offered(self, wait: dict[str, Any], waits: dict[str, dict[str, Any]]) -> None:
        start = start_of(self.bookings[wait["bookingId"]])
        freed = self.freed[start]
        assert wait["clientId"] not in freed.had
        earlier = [one for one in waits.values() if one["id"] < wait["id"] and self.could_have(one, start, freed)]
        assert earlier == []
        freed.had.add(wait["clientId"])
        self.of_offer[wait["bookingId"]] = freed

    def could_have(self, wait: dict[str, Any], start: datetime, freed: Freed) -> bool:
        fits = datetime.fromisoformat(wait["from"]) <= start and start + HALF <= datetime.fromisoformat(wait["to"])
        return wait["status"] == "waiting" and fits and wait["clientId"] not in freed.had and wait["id"] in freed.line


async def everything(who: Person, path: str) -> list[dict[str, Any]]:
    found = await who.http.get(path, headers=who.headers, params={"limit": 100})
    return list(found.json()["items"])


def start_of(booking: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(booking["startsAt"])


@pytest.mark.parametrize(
    ("seed", "steps"),
    [(1, 60), *(pytest.param(n, 400, marks=[pytest.mark.deep, pytest.mark.timeout(600)]) for n in range(10))],
)
async def test_the_line_is_kept_whatever_people_do(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, seed: int, steps: int
) -> None:
    shop = await Shop(barbers=1, chairs=1, deposit=DepositPart()).open(context)
    walk = Walk(context, shop, [Person(http, tokens) for _ in range(5)], Random(seed))
    for _ in range(steps):
        await walk.step()
    assert walk.of_offer
