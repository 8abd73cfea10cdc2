"""`python -m localstack demo`: bring the stack up where it is not, play a day, report."""

import argparse
import fcntl
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console

from common.verticals import load_verticals
from localstack.demo.accounts import Accounts
from localstack.demo.client import Client, Figures
from localstack.demo.clocks import Clocks
from localstack.demo.day import Day
from localstack.demo.passing import BOOKING, NOTIFICATIONS
from localstack.demo.payer import Payer
from localstack.demo.plan import make_plan
from localstack.demo.progress import Phases
from localstack.demo.report import Feed, Report, steps_of
from localstack.demo.world import COUNTRY, World
from localstack.environment import OPERATOR_EMAIL
from localstack.errors import StackError
from localstack.ports import HOST
from localstack.progress import Reporter
from localstack.stack import Stack

BROKE = 1
_RUN_SECONDS = 10
_RUNS = 2**28


def run(stack: Stack, options: argparse.Namespace) -> int:
    """0 when the day went well, 1 when something broke."""
    if options.json:
        stack.reporter = Reporter(quiet=True)
    stack.up()
    console = stack.reporter.console
    with _alone(stack):
        report = stack.run(play(stack, options, console))
    if options.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        report.print(console)
        console.print(report.last_line, markup=False)
    return BROKE if report.problems else 0


@contextmanager
def _alone(stack: Stack) -> Iterator[None]:
    """Two days at once would move each other's clocks."""
    with (stack.layout.home / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError("another demo is under way on this stack") from error
        yield


async def play(stack: Stack, options: argparse.Namespace, console: Console) -> Report:
    """One day on a stack that is up. What breaks is in the report."""
    began, figures = time.monotonic(), Figures()
    gateway_url, context = f"http://{HOST}:{stack.ports['gateway']}", stack.context
    gateway = Client(gateway_url, figures, by_host=True)
    sandbox = Client(context.sandbox_url, figures, by_host=False)
    world = _world(stack, options, gateway, sandbox, figures)
    operator = (OPERATOR_EMAIL, context.secrets.operator_password)
    day = Day(world, Clocks(context, (BOOKING, NOTIFICATIONS)), Phases(console), gateway_url, operator)
    messages: Counter[tuple[str, str]] = Counter()
    try:
        with world.noting("the day"):
            await day.play()
            messages = await day.mailbox.counts()
    finally:
        await gateway.close()
        await sandbox.close()
    return _report(day, messages, round(time.monotonic() - began, 1))


def _world(stack: Stack, options: argparse.Namespace, gateway: Client, sandbox: Client, figures: Figures) -> World:
    # Another run on the same stack is another day with other people; they share nothing but the plan.
    run_number = int(time.time() * _RUN_SECONDS) % _RUNS
    payer = Payer(sandbox)
    return World(
        plan=make_plan(options.seed, options.bookings),
        run=run_number,
        gateway=gateway,
        payer=payer,
        accounts=Accounts(gateway, payer, run_number),
        figures=figures,
        verticals=load_verticals(stack.verticals),
        today=datetime.now(COUNTRY).date(),
        at_once=options.at_once,
    )


def _report(day: Day, messages: Counter[tuple[str, str]], seconds: float) -> Report:
    world, found = day.world, day.found
    return Report(
        seed=world.plan.seed,
        run=f"{world.run:x}",
        seconds=seconds,
        phases=day.phases.seconds,
        bookings=Counter(story.status for story in world.stories),
        outcomes=Counter(errand.outcome.value for errand in world.plan.errands),
        payments=found.payments,
        captured=found.captured,
        refunds=found.refunds,
        refunded=found.refunded,
        earned=found.earned,
        messages=messages,
        feeds={each.vertical: Feed(each.events, round(each.slowest, 3), each.breaks) for each in day.listeners},
        dashboards=found.totals,
        counts=world.counts,
        steps=steps_of(world.figures.seconds),
        repeats=world.figures.repeats,
        problems=tuple(world.problems),
    )
