"""Which lies the judge is told in every run, and which where somebody has the time."""

import pytest
from _pytest.mark.structures import ParameterSet
from tests.town.lies import LIES


def told() -> list[ParameterSet]:
    """Every lie; those after the first of each promise and service take minutes together."""
    known, lies = set[tuple[str, str]](), list[ParameterSet]()
    for name, lie in LIES.items():
        about = (lie.promise, lie.service)
        lies.append(pytest.param(lie, id=name, marks=[pytest.mark.deep] if about in known else []))
        known.add(about)
    return lies
