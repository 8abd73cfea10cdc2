"""The secret that MercadoPago signs webhooks with is changed while people pay; every webhook is taken the first time.

By the steps of docs/runbooks/rotate-keys.md.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from tests.faults.driver import Driver, Visit
from tests.faults.recorded import Outcome
from tests.faults.site import Site
from tests.security.rotating import Rotation
from tests.security.test_webhooks import Notice, number, refused
from tests.town.town import CONFIRMATION_SECONDS, FOR_MINUTES, ON_STACK, Town

from common.testing import eventually

pytestmark = [ON_STACK, FOR_MINUTES, pytest.mark.timeout(400)]
SEED: Final = 11
PER_SECOND: Final = 6.0
_PAID_SECONDS: Final = 60
_DELIVERED_SECONDS: Final = 60


@pytest.fixture
async def rotation(town: Town) -> AsyncIterator[Rotation]:
    """Afterwards payments takes the stack's own secret, and no other."""
    rotation = Rotation(Site(town), town.stack.context.secrets)
    own = rotation.secrets
    try:
        yield rotation
    finally:
        rotation.secrets = own
        await rotation.restart("payments")


async def paid(driver: Driver, more: int) -> None:
    """Wait until so many more have paid."""
    until = sum(visit.paid for visit in driver.visits) + more
    await eventually(lambda: sum(visit.paid for visit in driver.visits) >= until, _PAID_SECONDS)


async def test_the_webhook_secret_is_changed_without_a_lost_webhook_and_the_former_one_is_refused_in_the_end(
    town: Town, rotation: Rotation
) -> None:
    driver = await rotation.site.driver(SEED, PER_SECOND)
    former, new = rotation.secrets.webhook_secret, uuid4().hex
    async with AsyncExitStack() as ends:
        async with driver.running():
            await paid(driver, 2)
            # 1. Payments takes both.
            rotation.change(webhook_secret=new, former_webhook_secrets=(former,))
            await rotation.replace_api("payments")
            assert await taken(town, former, new) == [True, True]
            await paid(driver, 2)
            # 2. MercadoPago signs with the new one.
            await ends.enter_async_context(town.outside.misbehaving(webhook_secret=new))
            await paid(driver, 2)
            # 3. What was signed with the former one has arrived: payments takes it no more.
            rotation.change(former_webhook_secrets=())
            await rotation.replace_api("payments")
            assert await taken(town, former, new) == [False, True]
            await paid(driver, 2)
        await driver.settle()
        await eventually(lambda: nothing_under_way(town), _DELIVERED_SECONDS)
        assert [one for one in driver.recorded.requests if one.outcome is not Outcome.OK] == []
        assert driver.wrong == []
        bought = [visit for visit in driver.visits if visit.paid]
        assert await answers_to(town, bought) == {(200,)}
    for visit in bought:
        if visit.cancel is None and visit.booking is not None:
            await town.until(visit.client, visit.booking, "confirmed", seconds=CONFIRMATION_SECONDS)


async def taken(town: Town, *secrets: str) -> Sequence[bool]:
    """Whether a notification is, signed with each of them."""
    answers = [await town.gateway.send(Notice.signed(town, number(), secret=secret).call()) for secret in secrets]
    assert all(answer.status_code == httpx.codes.OK or refused(answer) for answer in answers)
    return [answer.status_code == httpx.codes.OK for answer in answers]


async def nothing_under_way(town: Town) -> bool:
    return await town.outside.under_way() == 0


async def answers_to(town: Town, visits: Sequence[Visit]) -> set[tuple[int, ...]]:
    """What the attempts of every notification about these payments were answered, in order; one each is the rule."""
    found: set[tuple[int, ...]] = set()
    for visit in visits:
        payment: dict[str, Any] = visit.payment or {}
        for charge in await town.outside.charges(payment, visit.wish.vertical):
            deliveries = await town.outside.deliveries(charge)
            assert deliveries
            found |= {tuple(attempt["status"] for attempt in one["attempts"]) for one in deliveries}
    return found
