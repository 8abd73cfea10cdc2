"""Notifications of another kind, notifications that never came, and kept ones that are looked into once more."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from tests.town.client import BARBER, Json
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town
from tests.town.world import command, refund_in_the_panel, search_soon

from common.testing import eventually

pytestmark = ON_STACK
PATIENCE: Final = 40
MARGIN: Final = timedelta(seconds=15)
"""What changed just now may not be found yet: the search stops ten seconds ago."""
BACK: Final = 1500
TOLD: Final = "SELECT count(*) FROM webhook WHERE resource_key = 'payment:' || $1"
KEPT: Final = "SELECT CAST(id AS text) FROM webhook WHERE resource_key = 'payment:' || $1 LIMIT 1"
ORDERS: Final = "SELECT count(*) FROM webhook WHERE topic = 'topic_merchant_order_wh' AND status = 'done'"


@pytest.fixture(scope="module", autouse=True)
async def unseen(town: Town, shop: Shop) -> AsyncIterator[tuple[Account, Json, Json]]:
    """A client whose payment nobody told us of, the payment, and its booking; the search is due, within half a minute.

    It is made first, so that the other stories pass the time of waiting.
    """
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    payment = await town.begin_payment(client, booking)
    async with town.outside.misbehaving(drop=1):
        charge = await town.outside.pay(payment)
    async with town.records.clock_of("payments", "*") as clock:
        await clock.to(MARGIN)
        await search_soon(town)
        yield client, charge, booking


async def test_a_merchant_order_tells_of_its_payments(town: Town, shop: Shop) -> None:
    before = await town.records.value("payments", "*", ORDERS)
    async with town.outside.misbehaving(merchant_order_webhooks=True):
        booking, charge = await town.buy(await town.people.client(), shop, await shop.slot())
        await eventually(partial(more_orders, town, before), PATIENCE)
    assert len(await town.records.told("booking", BARBER, "booking.confirmed", booking["id"])) == 1
    assert await town.outside.refunded(charge) == 0


async def test_a_kept_notification_that_is_replayed_shows_what_was_never_told(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, charge = await town.buy(client, shop, await shop.slot())
    (kept,) = await town.records.rows("payments", "*", KEPT, str(charge["id"]))
    async with town.outside.misbehaving(drop=1):
        await refund_in_the_panel(town, charge, BACK)
    assert (await town.see(client, booking))["refunded"] == 0
    assert await command(town, "webhooks", "replay", "--id", kept["id"]) == (0, "1 notifications are due again\n")
    await eventually(partial(has_noted, town, client, booking), PATIENCE)
    payment = charge["external_reference"].rpartition(".")[2]
    assert len(await town.records.told("payments", BARBER, "payment.refunded", payment)) == 1
    assert (await town.see(client, booking))["paid"] == DEPOSIT_PESOS


async def test_a_payment_that_nobody_told_of_is_found_by_the_hourly_search(
    town: Town, unseen: tuple[Account, Json, Json]
) -> None:
    client, charge, booking = unseen
    await town.until(client, booking, "confirmed", seconds=PATIENCE)
    assert await town.records.value("payments", "*", TOLD, str(charge["id"])) == 0


async def more_orders(town: Town, before: int) -> bool:
    return bool(await town.records.value("payments", "*", ORDERS) > before)


async def has_noted(town: Town, client: Account, booking: Json) -> bool:
    """Whether booking knows of the refund that was made in MercadoPago's panel."""
    return bool((await town.see(client, booking))["refunded"] == BACK)
