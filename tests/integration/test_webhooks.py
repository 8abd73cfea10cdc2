"""Notifications of one payment, as often and in whatever order they come."""

from collections import Counter
from typing import Final

from tests.town.client import BARBER, Json
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
TIMES: Final = 10
CHANNELS: Final = 2
"""WhatsApp and e-mail."""
OPEN_WEBHOOKS: Final = "SELECT count(*) FROM webhook WHERE resource_id = $1 AND due_at IS NOT NULL"
POSTINGS: Final = """
    SELECT account, amount_minor FROM ledger_posting JOIN ledger_transaction ON id = transaction_id
    WHERE charge_id = $1 AND kind = 'capture'
"""


async def test_a_payment_told_of_ten_times_in_random_order_confirms_once_tells_once_and_is_booked_once(
    town: Town, shop: Shop
) -> None:
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    payment = await town.begin_payment(client, booking)
    # Ten before anybody has seen the first, then ten more about what is long settled.
    async with town.outside.misbehaving(duplicate=TIMES, reorder=True, reorder_window_ms=400):
        charge = await town.outside.pay(payment)
        await town.until(client, booking, "confirmed")
        await town.outside.redeliver(charge, TIMES)
        await eventually(lambda: all_taken(town, charge), 30)
    assert len(await town.records.told("payments", BARBER, "payment.confirmed", payment["id"])) == 1
    assert len(await town.records.told("booking", BARBER, "booking.confirmed", booking["id"])) == 1
    assert (await town.see(client, booking))["paid"] == DEPOSIT_PESOS
    assert await eventually(lambda: messages(town, client), 20) == {"whatsapp": 1, "email": 1}
    postings = await town.records.rows("payments", BARBER, POSTINGS, str(charge["id"]))
    clearing = [row["amount_minor"] for row in postings if row["account"] == "psp_clearing"]
    assert (clearing, sum(row["amount_minor"] for row in postings)) == ([DEPOSIT_PESOS * 100], 0)


async def all_taken(town: Town, charge: Json) -> bool:
    """Every delivery was acknowledged, and what it told was looked into."""
    deliveries = await town.outside.deliveries(charge)
    taken = len(deliveries) == 2 * TIMES and all(one["state"] == "delivered" for one in deliveries)
    return taken and await town.records.value("payments", "*", OPEN_WEBHOOKS, str(charge["id"])) == 0


async def messages(town: Town, client: Account) -> dict[str, int] | None:
    """How many came by each channel, once both were used and none is on its way any more."""
    query = "SELECT count(*) FROM notification WHERE account_id = $1 AND status IN ('pending', 'sending')"
    soon = f"{query} AND due_at <= app_now()"
    if await town.records.value("notifications", BARBER, soon, client.id) != 0:
        return None
    found = await town.outside.messages(client.contact.phone) + await town.outside.messages(client.contact.email)
    counts = Counter(str(message["channel"]) for message in found)
    return dict(counts) if len(counts) == CHANNELS else None
