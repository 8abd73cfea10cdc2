"""A turno paid in parts: the deposit, some cash at the place, the rest, a tip; and what of it is whose."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tests.town.client import BARBER, Call, Json
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, PESOS, Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
CASH, TIP = 1000, 500
_SUMS: Final = ("gross", "commission", "vat", "net", "tips")
AFTER_THE_TURNO: Final = timedelta(hours=60)


async def test_a_turno_is_paid_in_parts_and_each_part_is_whose_it_is(town: Town, shop: Shop) -> None:
    client, before = await town.people.client(), await earned(town, shop)
    booking, _ = await town.buy(client, shop, await shop.slot())
    await take_cash(town, shop, booking)
    rest = await town.begin_payment(client, booking, purpose="balance")
    assert rest["amount"] == PESOS - DEPOSIT_PESOS - CASH
    await town.outside.pay(rest)
    await eventually(lambda: is_paid(town, client, booking, PESOS - CASH), 20)
    await complete(town, shop, booking)
    tip = await town.begin_payment(client, booking, purpose="tip", tip=TIP)
    await town.outside.pay(tip)

    async def shared_out() -> bool:
        now = await earned(town, shop)
        gross, commission, vat, net, tips = (round(now[name] - before[name], 2) for name in _SUMS)
        kept = (PESOS - CASH) * 0.1
        shares = (PESOS - CASH + TIP, kept, round(kept * 0.21, 2), TIP)
        return (gross, commission, vat, tips) == shares and net == round(gross - commission - vat, 2)

    await eventually(shared_out, 30)


async def test_a_client_who_cancels_late_loses_the_deposit_and_not_the_rest(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    slot = await shop.slot(hours=50)
    booking, _ = await town.buy(client, shop, slot)
    charge = await town.outside.pay(await town.begin_payment(client, booking, purpose="balance"))
    await eventually(lambda: is_paid(town, client, booking, PESOS), 20)
    async with town.records.clock_of("booking", BARBER) as clock:
        await clock.to(slot.starts_at - timedelta(hours=1) - datetime.now(UTC))
        cancelled = await town.gateway.ask(
            Call("POST", f"/api/v1/bookings/{booking['id']}/cancel", BARBER, client.token)
        )
    assert cancelled["refunded"] == PESOS - DEPOSIT_PESOS
    assert await eventually(lambda: town.outside.refunded(charge), 20) == (PESOS - DEPOSIT_PESOS) * 100


async def take_cash(town: Town, shop: Shop, booking: Json) -> None:
    body = {"bookingId": booking["id"], "amount": CASH, "method": "cash"}
    made = await town.gateway.ask(Call("POST", "/api/v1/payments/at-place", BARBER, shop.owner.token, body))
    assert made["amount"] == CASH


async def is_paid(town: Town, client: Account, booking: Json, pesos: int) -> bool:
    return bool((await town.see(client, booking))["paid"] == pesos)


async def complete(town: Town, shop: Shop, booking: Json) -> None:
    async with town.records.clock_of("booking", BARBER) as clock:
        await clock.to(AFTER_THE_TURNO)
        await town.gateway.ask(Call("POST", f"/api/v1/bookings/{booking['id']}/complete", BARBER, shop.owner.token))


async def earned(town: Town, shop: Shop) -> dict[str, float]:
    """The sums of what the shop earned in these days."""
    call = Call("GET", f"/api/v1/providers/{shop.provider_id}/earnings", BARBER, shop.owner.token)
    items = (await town.gateway.ask(call))["items"]
    return {name: sum(one[name] for one in items) for name in _SUMS}
