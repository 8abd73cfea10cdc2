"""Everything comes to its end: faults cease, what is on its way arrives, and time passes every deadline."""

from datetime import timedelta
from typing import Final

from tests.simulation.desk import Desk
from tests.simulation.disputing import ENDS
from tests.simulation.world import JOBS, World

PAUSES: Final = (
    timedelta(0),
    # Retries and leases, then a hold's end and payments' time to answer.
    timedelta(seconds=61),
    timedelta(minutes=5),
    timedelta(minutes=16),
    timedelta(minutes=11),
    # The looks at payments that are over: an hour, a day and seven days after their last change.
    timedelta(minutes=61),
    timedelta(days=1, minutes=1),
    timedelta(days=7, minutes=1),
    timedelta(minutes=61),
)
_ROUNDS: Final = 40
_TRIES: Final = 40
_A_TRY: Final = timedelta(minutes=16)


async def drain(world: World, desk: Desk, *, webhooks_come: bool) -> None:
    """`webhooks_come`: whether those not sent yet ever are; if not, the poller has to find everything."""
    world.provider.recover()
    world.broker.cut_off.clear()
    for charge_id in world.provider.waiting_refunds():
        world.provider.decide(charge_id, done=True)
    for number, charge in enumerate(world.provider.contested()):
        world.provider.end_dispute(charge.id, ENDS[number % len(ENDS)])
    for pause in PAUSES:
        await world.clock.advance(pause)
        await _settle(world, desk, webhooks_come=webhooks_come)
    # One that is refused for what may pass is tried ten times, and the next of its payment after it.
    for _ in range(_TRIES):
        if not await desk.refunds_under_way():
            return
        await world.clock.advance(_A_TRY)
        await _settle(world, desk, webhooks_come=webhooks_come)


async def _settle(world: World, desk: Desk, *, webhooks_come: bool) -> None:
    """Until nothing happens any more at this instant."""
    for _ in range(_ROUNDS):
        done = sum([await world.run_job(job) for job in JOBS]) + await desk.clear_up()
        await world.collect()
        while streams := world.broker.streams():
            done += 1
            await world.deliver(streams[0], 50)
            await world.collect()
        while webhooks_come and world.provider.untold:
            done += 1
            notice = world.provider.untold.pop()
            world.provider.told.append(notice)
            await world.notify(notice)
        if not done:
            return
    raise AssertionError("it never comes to rest")
