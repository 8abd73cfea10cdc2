"""The load: people who book, pay, look and cancel at a fixed offered rate, whether answers come or not.

What they do, when and in which order is decided by a seed; what comes of it is not. Every POST to booking or payments
is an intention with a key of its own: one that was not answered is repeated under its key until it is, and in the end
each intention must have had exactly one effect.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import httpx
from tests.faults.recorded import Outcome, Recorded, Request, is_refused_by_a_rule, outcome_of
from tests.faults.steps import INSTEAD, SERVICE_OF, SIMPLE, deal
from tests.town.client import Call, Json, Refused
from tests.town.offering import Offering
from tests.town.people import Account
from tests.town.shops import Shop, Slot
from tests.town.town import Town, booking_call, payment_call

ANSWER_SECONDS: Final = 6.0
MOST_AT_ONCE: Final = 60
_OPEN_HOLDS: Final = 3
_SETTLE_SECONDS: Final = 90.0
_COME_BACK: Final = frozenset({429, 503})


@dataclass
class Visit:
    """One booking from the wish to its end; `booking` and `payment` are what was answered."""

    client: Account
    wish: Call
    booking: Json | None = None
    pay: Call | None = None
    payment: Json | None = None
    paid: bool = False
    cancel: Call | None = None
    under_way: bool = False


@dataclass
class Driver:
    """Sends while `running`; what it saw is `recorded`."""

    town: Town
    shop: Shop
    clients: Sequence[Account]
    slots: list[Slot]
    dice: Random
    rate: float
    recorded: Recorded = field(default_factory=Recorded)
    visits: list[Visit] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What no client may ever see."""
    _deck: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Dice of their own: how often they fall depends on the answers, which steps are dealt must not.
        self._picks = Random(self.dice.random())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Offers its rate while the block runs, then waits for the answers still to come."""
        offering = Offering(
            lambda: self._step(deal(self._deck, self.dice)), lambda: self.dice.expovariate(self.rate), MOST_AT_ONCE
        )
        try:
            async with offering.running():
                yield
        finally:
            self.recorded.unsent += offering.unsent
            self.wrong += [f"the driver itself: {error!r}" for error in offering.failed]

    async def for_seconds(self, seconds: float) -> None:
        """Let the load go on for so long."""
        await asyncio.sleep(seconds)

    async def settle(self) -> None:
        """Everything begun is answered in the end, under its old key; then each intention had one effect."""
        await asyncio.gather(*(self._settle(visit) for visit in self.visits))
        await asyncio.gather(*(self._compare(client) for client in self.clients))

    async def _step(self, name: str) -> None:
        acts: dict[str, Callable[[], Coroutine[Any, Any, None] | None]] = {
            "book": self._book,
            "pay": self._pay,
            "cancel": self._cancel,
            "see": self._see,
            "bill": self._bill,
        }
        for one in (name, *INSTEAD.get(name, ())):
            act = acts[one]() if one in acts else self._ask(one)
            if act is not None:
                await act
                return

    def _book(self) -> Coroutine[Any, Any, None] | None:
        free = [client for client in self.clients if self._holds_of(client) < _OPEN_HOLDS]
        if not free or not self.slots:
            # After an outage everybody waits for an answer, and asks for it again.
            unanswered = self._any(lambda one: one.booking is None)
            return self._once(unanswered, self._try_booking) if unanswered else None
        client, slot = self._picks.choice(free), self.slots.pop(self._picks.randrange(len(self.slots)))
        visit = Visit(client, booking_call(client, self.shop, slot, staff_id=slot.staff_id, key=uuid4().hex))
        self.visits.append(visit)
        return self._once(visit, self._try_booking)

    def _pay(self) -> Coroutine[Any, Any, None] | None:
        visit = self._any(lambda one: one.booking is not None and not one.paid and one.cancel is None)
        if visit is None:
            return None
        return self._once(visit, self._try_paying)

    def _cancel(self) -> Coroutine[Any, Any, None] | None:
        # Holds too: what is given back makes room for the next wish.
        visit = self._any(lambda one: one.booking is not None and one.cancel is None)
        if visit is None or visit.booking is None:
            return None
        path = f"/api/v1/bookings/{visit.booking['id']}/cancel"
        visit.cancel = Call("POST", path, self.shop.vertical, visit.client.token, {}, key=uuid4().hex)
        return self._once(visit, self._try_cancelling)

    def _see(self) -> Coroutine[Any, Any, None] | None:
        known = self._any(lambda one: one.booking is not None)
        if known is None or known.booking is None:
            return None
        path = f"/api/v1/bookings/{known.booking['id']}"
        return self._just("see", Call("GET", path, self.shop.vertical, known.client.token))

    def _bill(self) -> Coroutine[Any, Any, None] | None:
        known = self._any(lambda one: one.payment is not None)
        if known is None or known.booking is None:
            return None
        query = {"bookingId": known.booking["id"]}
        return self._just("bill", Call("GET", "/api/v1/payments", self.shop.vertical, known.client.token, query=query))

    def _ask(self, name: str) -> Coroutine[Any, Any, None]:
        return self._just(name, SIMPLE[name](self._picks.choice(self.clients), self.shop, self._picks))

    async def _just(self, what: str, call: Call) -> None:
        await self._send(what, call)

    async def _try_booking(self, visit: Visit) -> None:
        visit.booking = await self._send("book", visit.wish)

    async def _try_paying(self, visit: Visit) -> None:
        if visit.booking is None:
            return
        visit.pay = visit.pay or payment_call(visit.client, visit.booking, self.shop.vertical)
        visit.payment = visit.payment or await self._send("pay", visit.pay)
        if visit.payment is not None:
            visit.paid = await self._pay_outside(visit.payment)

    async def _try_cancelling(self, visit: Visit) -> None:
        if visit.cancel is not None:
            await self._send("cancel", visit.cancel)

    async def _pay_outside(self, payment: Json) -> bool:
        """Whether MercadoPago took it; its own outages are not counted, they are not ours."""
        try:
            answer = await self.town.outside.try_to_pay(payment)
        except httpx.TransportError:
            return False
        return answer.is_success

    async def _send(self, what: str, call: Call) -> Json | None:
        """The body of a good answer, None for every other end."""
        began = monotonic()
        self.recorded.begin(began, what)
        answer = await self._answer(call)
        outcome = outcome_of(answer)
        status = answer.status_code if isinstance(answer, httpx.Response) else None
        self.recorded.end(Request(what, SERVICE_OF[what], began, monotonic(), outcome, status))
        if outcome is Outcome.BROKEN:
            self.wrong.append(f"{what}: {status}")
        if isinstance(answer, httpx.Response) and status in _COME_BACK and "retry-after" not in answer.headers:
            self.wrong.append(f"{what}: {status} without Retry-After")
        if isinstance(answer, httpx.Response) and answer.is_success:
            return dict(answer.json())
        return None

    async def _answer(self, call: Call) -> httpx.Response | httpx.TransportError:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self.town.gateway.send(call)
        except httpx.TransportError as error:
            return error
        except TimeoutError:
            return httpx.ReadTimeout("no answer in time")

    def _once(self, visit: Visit, act: Callable[[Visit], Awaitable[None]]) -> Coroutine[Any, Any, None]:
        """One thing at a time for each visit."""
        visit.under_way = True

        async def doing() -> None:
            try:
                await act(visit)
            finally:
                visit.under_way = False

        return doing()

    def _any(self, fits: Callable[[Visit], bool]) -> Visit | None:
        fitting = [visit for visit in self.visits if not visit.under_way and fits(visit)]
        return self._picks.choice(fitting) if fitting else None

    def _holds_of(self, client: Account) -> int:
        return sum(1 for one in self.visits if one.client is client and not (one.paid or one.cancel))

    async def _settle(self, visit: Visit) -> None:
        """As a good app does when it is back: the same again until it is answered."""
        if visit.booking is None:
            visit.booking = await self._insist("book", visit.wish)
        if visit.pay is not None and visit.payment is None:
            visit.payment = await self._insist("pay", visit.pay)
        if visit.payment is not None and not visit.paid:
            visit.paid = await self._pay_outside(visit.payment)
        if visit.cancel is not None:
            await self._insist("cancel", visit.cancel)

    async def _insist(self, what: str, call: Call) -> Json | None:
        try:
            return dict(await self.town.gateway.ask(call, _SETTLE_SECONDS))
        except Refused as refused:
            # A slot is wished for once: who finds it taken has been booked and was not told.
            if what == "book" or not is_refused_by_a_rule(refused.response):
                self.wrong.append(f"{what} never got its answer: {refused}")
            return None

    async def _compare(self, client: Account) -> None:
        """What the platform has of a client is what the client was told, once each."""
        query = {"limit": 100}
        call = Call("GET", "/api/v1/bookings", self.shop.vertical, client.token, query=query)
        try:
            page = await self.town.gateway.ask(call, _SETTLE_SECONDS)
        except Refused as refused:
            self.wrong.append(f"a client never sees its bookings again: {refused}")
            return
        there = sorted(one["id"] for one in page["items"])
        told = sorted(one.booking["id"] for one in self.visits if one.client is client and one.booking is not None)
        if there != told:
            self.wrong.append(f"a client was told of {len(told)} bookings and has {len(there)}")
