"""A fault that fails, in whatever way, is one result; and results are kept as they come."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

import pytest
from tests.faults.catalogue import Fault
from tests.faults.driver import Driver
from tests.faults.recorded import Recorded
from tests.faults.report import Report
from tests.faults.result import Result
from tests.faults.site import Site
from tests.faults.strike import prove
from tests.faults.trial import Load, try_fault

from localstack.errors import StackError

LOAD: Final = Load(seed=7, before=0.0)
SURVIVED: Final = Result("kill:kafka", 7)
BROKEN: Final = Result("kill:postgres", 7, wrong=("see: 500",))


class StandIn:
    """A site without a stack, as far as a trial comes that fails while it hurts it."""

    def __init__(self) -> None:
        self.stack, self.town = self, self
        self.scopes: dict[str, tuple[str, ...]] = {}
        self.recorded, self.visits, self.wrong = Recorded(unsent=2), list[Any](), list[str]()

    async def driver(self, _seed: int, _rate: float) -> Driver:
        return cast("Driver", self)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    async def for_seconds(self, _seconds: float) -> None:
        return


@asynccontextmanager
async def idle(_site: Site) -> AsyncIterator[None]:
    yield
    prove(False, "nothing was said on this way")


@asynccontextmanager
async def failing(_site: Site) -> AsyncIterator[None]:
    yield
    raise StackError("kafka is not ready after 180 s")


async def test_a_fault_that_did_not_strike_is_broken() -> None:
    result = await try_fault(cast("Site", StandIn()), Fault("slow:kafka", idle), LOAD)
    assert result.verdict == "broken: did not strike"
    assert result.wrong == ("did not strike: nothing was said on this way",)


async def test_an_error_on_the_way_is_the_verdict_on_this_fault_and_what_was_counted_is_kept() -> None:
    result = await try_fault(cast("Site", StandIn()), Fault("kill:kafka", failing), LOAD)
    assert result.verdict == "broken"
    assert result.wrong == ("StackError: kafka is not ready after 180 s",)
    assert result.unsent == 2


def test_of_several_errors_the_first_is_told() -> None:
    both = ExceptionGroup("two", [ValueError("the first"), ValueError("the second")])
    assert SURVIVED.broken_off(both).wrong == ("ValueError: the first",)


def test_results_are_written_after_each_fault(tmp_path: Path) -> None:
    report = Report(tmp_path / "faults.json")
    for count, result in enumerate((SURVIVED, BROKEN), 1):
        report.add(result)
        kept = json.loads((tmp_path / "faults.json").read_text())
        assert [one["fault"] for one in kept] == ["kill:kafka", "kill:postgres"][:count]
    assert [one["verdict"] for one in kept] == ["survived", "broken"]
    assert [one.name for one in tmp_path.iterdir()] == ["faults.json"]


def test_the_table_names_what_was_not_survived(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.show()
    assert capsys.readouterr().out == ""
    report.add(SURVIVED)
    report.add(BROKEN)
    report.show()
    assert capsys.readouterr().out.endswith("faults: broken: kill:postgres\n")
    assert report.broken == ["kill:postgres"]
