"""A random walk over payments, short for every run and long for `make test-deep`."""

from contextlib import AsyncExitStack
from typing import Final

import hypothesis
import pytest
import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from services.payments.tests.ground import opened
from services.payments.tests.walk import bound
from tests.simulation.sides import MakeDatabases

_SEED: Final = 20270301


def walk(make: MakeDatabases, examples: int, steps: int) -> None:
    """So many examples of so many steps, on an event loop of their own: the state machine is synchronous by nature."""
    loop, ends = uvloop.new_event_loop(), AsyncExitStack()
    try:
        ground = loop.run_until_complete(ends.enter_async_context(opened(make)))
        machine = bound(ground, loop)
        run_state_machine_as_test(hypothesis.seed(_SEED)(machine), settings=_settings(examples, steps))
    finally:
        loop.run_until_complete(ends.aclose())
        loop.close()


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(300)
def test_money_is_right_after_every_step_whatever_mercadopago_shows(make_service_databases: MakeDatabases) -> None:
    """Finding the shortest way to a broken promise may take Hypothesis minutes: hence the time-out."""
    walk(make_service_databases, examples=12, steps=60)


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_money_is_right_after_every_step_of_a_long_walk(make_service_databases: MakeDatabases) -> None:
    walk(make_service_databases, examples=300, steps=80)
