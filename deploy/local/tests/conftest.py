"""A context that was never started, a machine of scripts, and real stacks that are always removed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack.environment import Context
from localstack.layout import CHECKOUT
from localstack.machine import Machine
from localstack.ports import find_ports
from localstack.stack import Stack
from localstack.testing import ScriptedMachine, example_context


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """What settings are made of, for two verticals."""
    return example_context(tmp_path)


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedMachine:
    """A machine with nothing installed."""
    return ScriptedMachine(tmp_path)


@pytest.fixture(scope="session")
def make_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """Makes stacks on free ports in folders of their own; all are stopped and removed at the end."""
    made: list[Stack] = []
    # The workers of a parallel run look for ports in places of their own.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

    def make(checkout: Path = CHECKOUT, machine: Machine | None = None) -> Stack:
        offset = find_ports(2000 + 500 * worker + 10 * len(made)).offset
        made.append(Stack(tmp_path_factory.mktemp("stack"), offset, checkout=checkout, machine=machine))
        return made[-1]

    yield make
    for stack in made:
        stack.reset()
