"""Holds that run out: what is begun is closed first; money that comes too late takes the slot again or goes back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from tests.town.client import BARBER, Json
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop, Slot
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
AFTER_THE_HOLD: Final = timedelta(minutes=16)
AFTER_THE_ANSWER: Final = timedelta(minutes=27)
CLOSE_ASKED: Final = "SELECT close_asked FROM booking WHERE id = CAST($1 AS text)::uuid"


async def test_a_payment_that_was_begun_is_closed_at_mercadopago_before_the_hold_expires(
    town: Town, shop: Shop
) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    payment = await town.begin_payment(client, booking)
    async with town.records.clock_of("booking", BARBER) as clock:
        await clock.to(AFTER_THE_HOLD)
        await town.until(client, booking, "expired")
    assert (await town.outside.try_to_pay(payment)).status_code == 410
    assert await town.outside.charges(payment, BARBER) == []
    asked, expired = [await when(town, "booking", name, booking["id"]) for name in ("hold_due", "expired")]
    closed = await when(town, "payments", "closed", payment["id"])
    assert asked < closed < expired


async def test_late_money_takes_the_slot_again_when_it_is_still_free(town: Town, shop: Shop) -> None:
    client, slot = await town.people.client(), await shop.slot()
    async with expired_but_open(town, client, shop, slot) as (booking, payment):
        assert slot in await shop.slots(slot.starts_at)
        await town.outside.pay(payment)
        again = await town.until(client, booking, "confirmed")
    assert (again["paid"], again["refunded"]) == (DEPOSIT_PESOS, 0)
    assert slot not in await shop.slots(slot.starts_at)


async def test_late_money_for_a_slot_that_is_somebody_elses_goes_back_by_itself(town: Town, shop: Shop) -> None:
    client, other, slot = await town.people.client(), await town.people.client(), await shop.slot()
    async with expired_but_open(town, client, shop, slot) as (booking, payment):
        taken = await town.book(other, shop, slot, staff_id=slot.staff_id)
        charge = await town.outside.pay(payment)
        assert await eventually(lambda: town.outside.refunded(charge), 20) == DEPOSIT_PESOS * 100
    lost = await town.see(client, booking)
    assert (lost["status"], lost["paid"], lost["refunded"]) == ("expired", DEPOSIT_PESOS, DEPOSIT_PESOS)
    assert (await town.see(other, taken))["status"] == "held"


@asynccontextmanager
async def expired_but_open(town: Town, client: Account, shop: Shop, slot: Slot) -> AsyncIterator[tuple[Json, Json]]:
    """A booking whose hold ran out while MercadoPago refused to close its page: the payer can still pay there."""
    booking = await town.book(client, shop, slot, staff_id=slot.staff_id)
    payment = await town.begin_payment(client, booking)
    async with town.outside.misbehaving(error_rate=True, error_kind="500", fault_path="/checkout/preferences"):
        async with town.records.clock_of("booking", BARBER) as clock:
            await clock.to(AFTER_THE_HOLD)
            await eventually(lambda: town.records.value("booking", BARBER, CLOSE_ASKED, booking["id"]))
            await clock.to(AFTER_THE_ANSWER)
            await town.until(client, booking, "expired")
        # Begun while the page cannot be made, the other's payment would wait: they only hold the slot.
        yield booking, payment


async def when(town: Town, service: str, fact: str, subject: str) -> int:
    """The place of a fact in time: the milliseconds of its UUIDv7."""
    owner = "payment" if service == "payments" else service
    (told,) = await town.records.told(service, BARBER, f"{owner}.{fact}", subject)
    return int(told["event_id"].int >> 80)
