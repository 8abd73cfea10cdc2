"""What providers earned reaches their banks, once; what an account does not take, or sends back, is theirs again."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tests.town.client import BARBER, Call, Json
from tests.town.judging import in_order
from tests.town.records import Clock
from tests.town.shops import DEPOSIT_PESOS, Shop, open_shop
from tests.town.town import ON_STACK, Town
from tests.town.world import bank_of, complete, standing_of, told, trial_balance

from common.testing import eventually
from sandbox.bank.numbers import holder_of
from sandbox.testing import OTHERS_CBU

pytestmark = ON_STACK
GOOD, CLOSED = OTHERS_CBU[:2]
PATIENCE: Final = 40
BETWEEN_LOOKS: Final = timedelta(minutes=1)
"""What the bank has is asked about after half a minute."""
EARNED: Final = round(DEPOSIT_PESOS * (1 - 0.1 * 1.21), 2)


async def test_a_payout_is_executed_once_and_one_to_a_closed_account_is_payable_again(town: Town, shop: Shop) -> None:
    closed = await open_shop(town)
    for one, cbu in ((shop, GOOD), (closed, CLOSED)):
        await bank_of(town.outside).register(cbu)
        await name_account(town, one, cbu)
        await earn(town, one)
    for one in (shop, closed):
        await eventually(partial(is_ready, town, one), PATIENCE)
    await bank_of(town.outside).close(CLOSED)
    amount = (await standing_of(town, shop))["payable"]
    turn = datetime.fromisoformat((await account_of(town, shop))["nextPayoutAt"]) - datetime.now(UTC)
    async with town.records.clock_of("payments", BARBER) as clock:
        await clock.to(turn + timedelta(seconds=1))
        sent, failed = await until_over(town, clock, turn, shop, closed)
    assert (sent["status"], sent["amount"]) == ("executed", amount)
    assert (failed["status"], failed["amount"], failed["reason"]) == ("failed", EARNED, "account_closed")
    assert await town.outside.transfers(f"{BARBER}.{sent['id']}") == [round(-amount * 100)]
    assert await town.outside.transfers(f"{BARBER}.{failed['id']}") == []
    assert (await account_of(town, closed))["status"] == "refused"
    assert [(await standing_of(town, one))["payable"] for one in (shop, closed)] == [0, EARNED]
    await eventually(partial(told, town, shop.owner, "payout_sent"), PATIENCE)
    await eventually(partial(told, town, closed.owner, "payout_failed"), PATIENCE)
    for fact, payout in (("sent", sent), ("failed", failed)):
        assert len(await town.records.told("payments", BARBER, f"payout.{fact}", payout["id"])) == 1
    await comes_back(town, shop, sent)
    assert await trial_balance(town, await town.people.operator()) == 0
    await in_order(town)


async def name_account(town: Town, shop: Shop, cbu: str) -> None:
    body = {"cbu": cbu, "cuit": holder_of(cbu), "schedule": "daily"}
    path = f"/api/v1/providers/{shop.provider_id}/payout-account"
    named = await town.gateway.ask(Call("PUT", path, BARBER, shop.owner.token, body))
    assert named["cbu"].endswith(cbu[-4:])


async def account_of(town: Town, shop: Shop) -> Json:
    path = f"/api/v1/providers/{shop.provider_id}/payout-account"
    return dict(await town.gateway.ask(Call("GET", path, BARBER, shop.owner.token)))


async def is_ready(town: Town, shop: Shop) -> bool:
    """Whether its account was found to be its own, and it has earned."""
    ready = (await account_of(town, shop))["status"] == "ready"
    return bool(ready and (await standing_of(town, shop))["payable"] >= EARNED)


async def earn(town: Town, shop: Shop) -> None:
    booking, _ = await town.buy(await town.people.client(), shop, await shop.slot())
    await complete(town, shop, booking)


async def payouts_of(town: Town, shop: Shop) -> list[Json]:
    path = f"/api/v1/providers/{shop.provider_id}/payouts"
    return list((await town.gateway.ask(Call("GET", path, BARBER, shop.owner.token)))["items"])


async def newest(town: Town, shop: Shop, *statuses: str) -> Json | None:
    """Its newest payout, once it stands like one of these."""
    found = await payouts_of(town, shop)
    return found[0] if found and found[0]["status"] in statuses else None


async def until_over(town: Town, clock: Clock, turn: timedelta, *shops: Shop) -> list[Json]:
    """The shops' payouts once they ended: told to the bank, and asked about a while later."""
    for one in shops:
        await eventually(partial(newest, town, one, "sent", "executed", "failed"), PATIENCE)
    await clock.to(turn + BETWEEN_LOOKS)
    return [await eventually(partial(newest, town, one, "executed", "failed"), PATIENCE) for one in shops]


async def comes_back(town: Town, shop: Shop, payout: Json) -> None:
    """The other bank sends the money back: that is seen on our account."""
    await bank_of(town.outside).give_back(payout["batchId"], f"{BARBER}.{payout['id']}")
    await eventually(partial(newest, town, shop, "reversed"), PATIENCE)
    assert (await standing_of(town, shop))["payable"] == payout["amount"]
