"""A thousand steps of the saga, always the same ones; `make simulate` runs many more."""

import pytest
from tests.simulation.run import simulated
from tests.simulation.sides import MakeDatabases

SEED = 20270301
STEPS = 1_000


@pytest.mark.timeout(420)
def test_every_promise_holds_however_things_arrive(make_service_databases: MakeDatabases) -> None:
    """Finding the shortest way to a broken promise may take Hypothesis five minutes: hence the time-out."""
    with simulated(make_service_databases) as simulation:
        tally = simulation.run(SEED, STEPS)
    assert tally.steps >= STEPS
    met = " ".join(tally.endings)
    assert all(word in met for word in ("confirmed", "cancelled", "expired", "all back", "some back", "paid twice"))
