"""A short set of faults on the shared stack; `make faults` has all of them, on a stack whose ways can be cut too."""

from dataclasses import replace
from typing import Final

import pytest
from tests.faults.catalogue import FAULTS
from tests.faults.site import Site
from tests.faults.trial import Load, try_fault
from tests.town.town import ON_STACK, Town

pytestmark = ON_STACK
LOAD: Final = Load(seed=7, before=1.0, calm=2.0)
SECONDS: Final = 4.0
SHORT: Final = (
    "kill:postgres",
    pytest.param("webhooks:twenty-fold", marks=pytest.mark.deep),
    pytest.param("before-offset:booking-worker", marks=pytest.mark.deep),
    pytest.param("kill:kafka", marks=pytest.mark.deep),
    pytest.param("freeze:payments-api", marks=pytest.mark.deep),
)


@pytest.mark.parametrize("name", SHORT)
async def test_a_fault_under_load_breaks_no_promise(town: Town, name: str) -> None:
    fault = replace(FAULTS[name], seconds=min(SECONDS, FAULTS[name].seconds))
    result = await try_fault(Site(town), fault, LOAD)
    assert result.impossible is None
    assert result.bookings > 0
    assert result.wrong == ()
