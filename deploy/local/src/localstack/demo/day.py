"""The script of the day, phase by phase."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from localstack.demo import agendas, checks, earnings, errands, passing, settling
from localstack.demo.accounts import Account
from localstack.demo.calendars import use_calendars
from localstack.demo.checks import Found
from localstack.demo.clocks import Clocks
from localstack.demo.errors import BrokenError
from localstack.demo.listener import Listener
from localstack.demo.messages import Mailbox, check_messages
from localstack.demo.openings import Opener
from localstack.demo.people import Contact
from localstack.demo.plan import Errand
from localstack.demo.progress import Phases
from localstack.demo.shops import Shop
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import World

_OPEN_SECONDS: Final = 60.0


@dataclass(slots=True)
class Day:
    """One run of the script. `found` and `listeners` hold what it saw, as far as it came."""

    world: World
    clocks: Clocks
    phases: Phases
    gateway_url: str
    operator: tuple[str, str]
    """Address and password."""
    found: Found = field(default_factory=Found)
    listeners: list[Listener] = field(default_factory=list)
    mailbox: Mailbox = field(init=False)
    _pending: list[tuple[Errand, Story]] = field(default_factory=list)

    async def play(self) -> None:
        """To its end; BrokenError when it cannot go on. Everything else that breaks is noted in the world."""
        self.mailbox = Mailbox(self.world.payer, self.world.now())
        await self.clocks.put_right()
        await passing.end_outage(self.world)
        with self.phases.phase("operator and analyst log in"):
            operator, analyst = await self._staff()
        async with self._listening(analyst):
            await self._open_shops(operator)
            await self._run_errands()
            with self.phases.phase("series, groups, a waitlist, requests and moves"):
                await use_calendars(self.world, operator)
            try:
                await self._pass()
            finally:
                await self.clocks.put_right()
            await self._check(operator, analyst)

    async def _staff(self) -> tuple[Account, Account]:
        accounts = self.world.accounts
        operator = await accounts.login(*self.operator)
        contact = Contact("Análisis", f"analista.{self.world.run:x}@example.com", None)
        await accounts.grant(operator, await accounts.register(contact, "client"), "analyst")
        return operator, await accounts.login(contact.email, accounts.password)

    @asynccontextmanager
    async def _listening(self, analyst: Account) -> AsyncIterator[None]:
        world = self.world
        self.listeners = [Listener(vertical.id) for vertical in world.verticals]
        following = [
            asyncio.create_task(each.follow(self.gateway_url, world.gateway, world.accounts, analyst))
            for each in self.listeners
        ]
        try:
            for each in self.listeners:
                await until(f"the live feed of {each.vertical} opened", each.is_open, _OPEN_SECONDS)
            yield
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)

    async def _open_shops(self, operator: Account) -> None:
        world = self.world
        opener = Opener(world.gateway, world.accounts, operator, world.run, world.today)

        async def open_shop(shop: Shop) -> None:
            world.openings[shop.number] = await opener.open(shop)

        with self.phases.phase("professionals open shop", len(world.plan.shops)) as done:
            await world.each(world.plan.shops, open_shop, "opening", done)
        if world.problems:
            raise BrokenError("not every professional could open shop")

    async def _run_errands(self) -> None:
        world = self.world
        visits = errands.by_client(world.plan)

        with self.phases.phase("clients book and pay", sum(map(len, visits))) as done:

            async def visit(wanted: list[Errand]) -> None:
                for errand in wanted:
                    with world.noting("errand"):
                        self._pending.append((errand, await errands.run_errand(world, errand)))
                    done()

            await world.each(visits, visit, "errand")
        with self.phases.phase("MercadoPago decides what it left pending"):
            await errands.decide(world, self._pending)
        with self.phases.phase("everybody has been told"):
            await check_messages(world, self.mailbox)

    async def _pass(self) -> None:
        world, clocks = self.world, self.clocks
        with self.phases.phase("the day passes: holds run out"):
            await agendas.check_too_early(world)
            await passing.let_holds_run_out(world, clocks)
        with self.phases.phase("the day passes: some pay too late"):
            await passing.pay_too_late(world, clocks)
            await check_messages(world, self.mailbox)
        with self.phases.phase("the day passes: reminders go out"):
            await passing.reach_the_morning(world, clocks)
            await check_messages(world, self.mailbox)
        with self.phases.phase("the day passes: appointments are over", len(world.openings)) as done:
            await passing.reach_the_night(world, clocks)
            openings = list(world.openings.values())
            await world.each(openings, lambda opening: agendas.work_off(world, opening), "agenda", done)
        with self.phases.phase("the rest is paid, and tips"):
            await settling.settle_up(world)

    async def _check(self, operator: Account, analyst: Account) -> None:
        world = self.world
        with self.phases.phase("everybody says the same"):
            await checks.check_bookings(world)
            await checks.check_money(world, self.found)
            await check_messages(world, self.mailbox)
            await checks.check_dashboards(world, analyst, self.found)
            self.found.earned = await earnings.check_earnings(world, operator)
            for listener in self.listeners:
                await self._check_feed(listener)

    async def _check_feed(self, listener: Listener) -> None:
        """The feed must have told the end of every booking of its vertical."""
        ends = {story.id: story.status for story in self.world.whole if story.vertical == listener.vertical}

        async def heard() -> bool | None:
            return True if listener.bookings.items() >= ends.items() or listener.events["reset"] else None

        with self.world.noting("live feed"):
            await until(lambda: f"{listener.vertical}: the end of every booking was told", heard)
