"""The open load: it keeps its pace, has no more than its share under way, and hides no failure of its own."""

import asyncio

from tests.town.offering import Offering

from common.testing import eventually


async def test_no_more_than_most_are_under_way_and_the_others_are_counted() -> None:
    gate, begun = asyncio.Event(), []

    async def wait() -> None:
        begun.append(1)
        await gate.wait()

    offering = Offering(wait, lambda: 0.001, most=3)
    async with offering.running():
        await eventually(lambda: offering.unsent >= 5)
        assert len(begun) == 3
        gate.set()


async def test_every_act_that_was_begun_has_ended_when_the_load_has() -> None:
    begun, ended = [], []

    async def yield_a_few_times() -> None:
        begun.append(1)
        for _ in range(20):
            await asyncio.sleep(0)
        ended.append(1)

    async with Offering(yield_a_few_times, lambda: 0.001, most=10).running():
        await eventually(lambda: len(begun) >= 3)
    assert len(ended) == len(begun)


async def test_an_act_that_fails_is_told_of_and_the_load_goes_on() -> None:
    tried = []

    async def fail() -> None:
        tried.append(1)
        raise KeyError("id")

    offering = Offering(fail, lambda: 0.001, most=3)
    async with offering.running():
        await eventually(lambda: len(tried) >= 3)
    assert [type(error) for error in offering.failed] == [KeyError] * len(tried)
