"""Processes die in the middle of a busy hour: nothing that was accepted is lost, nothing counts twice."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.town.client import Json
from tests.town.people import Account
from tests.town.shops import Shop, Slot, open_shop
from tests.town.town import ON_STACK, Town

from localstack.verify import judge

pytestmark = ON_STACK
VICTIMS: Final = ("payments-api", "booking-worker", "kafka", "postgres")
CLIENTS: Final = 12
EVERY_SECONDS: Final = 1.5
AHEAD: Final = timedelta(hours=30)
# So long only on a machine that has much else to do.
PATIENCE: Final = 120.0
DRAIN_SECONDS: Final = 60.0


async def test_whoever_is_killed_while_people_book_and_pay_every_promise_is_kept(town: Town) -> None:
    patient = replace(town, gateway=replace(town.gateway, patience=PATIENCE))
    shop, over = await open_shop(patient, staff=2), asyncio.Event()
    hour = asyncio.create_task(a_busy_hour(patient, shop, over))
    try:
        for victim in VICTIMS:
            await asyncio.to_thread(kill_and_wait, town, victim)
    finally:
        over.set()
    bought = await hour
    assert len(bought) > len(VICTIMS)
    for client, booking in bought:
        await patient.until(client, booking, "confirmed", seconds=PATIENCE)
    verdicts = await asyncio.to_thread(town.stack.run, judge(town.stack.context, DRAIN_SECONDS))
    assert {one.invariant: one.violations for one in verdicts if not one.kept} == {}
    assert {one.invariant for one in verdicts if one.checked > 0} == {f"I{number}" for number in range(1, 10)}


def kill_and_wait(town: Town, program: str) -> None:
    """Kill it, and see the supervisor bring it back."""
    killed = town.stack.kill(program)
    town.stack.wait_ready([program])
    assert town.stack.pid(program) != killed


async def a_busy_hour(town: Town, shop: Shop, over: asyncio.Event) -> list[tuple[Account, Json]]:
    """Everybody books twice, whatever has become of the others meanwhile; everybody gets to their end."""
    clients = [await town.people.client() for _ in range(CLIENTS)]
    purchases = []
    slots = await shop.slots(datetime.now(UTC) + AHEAD)
    for client, slot in zip([*clients, *clients], slots, strict=False):
        if over.is_set():
            break
        purchases.append(asyncio.create_task(purchase(town, client, shop, slot)))
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), EVERY_SECONDS)
    return await asyncio.gather(*purchases)


async def purchase(town: Town, client: Account, shop: Shop, slot: Slot) -> tuple[Account, Json]:
    """Booked and paid for; every request is repeated under its key until it is answered."""
    booking = await town.book(client, shop, slot, staff_id=slot.staff_id)
    await town.outside.pay(await town.begin_payment(client, booking))
    return client, booking
