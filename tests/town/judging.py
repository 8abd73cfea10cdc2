"""The judge of `make verify`, asked in the middle of a run."""

import asyncio
from typing import Final

from tests.town.town import Town

from localstack.verify import judge

_DRAIN_SECONDS: Final = 60.0


async def in_order(town: Town) -> None:
    """Every promise is kept once nothing is under way any more."""
    verdicts = await asyncio.to_thread(town.stack.run, judge(town.stack.context, _DRAIN_SECONDS))
    wrong = {one.invariant: one.violations for one in verdicts if not one.kept}
    assert wrong == {}, wrong
