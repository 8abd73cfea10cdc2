"""What a provider and an operator are shown of the money: every view of it comes to the same."""

import csv
from functools import partial
from io import StringIO
from typing import Any, Final

import pytest
from tests.town.client import BARBER, Call, Json
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, PESOS, Shop, open_shop
from tests.town.town import ON_STACK, Town
from tests.town.world import complete, trial_balance

from common.testing import eventually

pytestmark = ON_STACK
PATIENCE: Final = 30
TIP: Final = 300
GROSS: Final = PESOS + TIP
VIEWS: Final = ("day", "service", "method", "purpose")


async def test_what_was_earned_is_the_same_by_day_service_method_and_purpose_and_in_the_statement(town: Town) -> None:
    shop, client = await open_shop(town), await town.people.client()
    await serve(town, shop, client)
    await eventually(partial(has_earned, town, shop), PATIENCE)
    seen = {view: await earnings(town, shop, view) for view in VIEWS}
    assert {view: sum(one["gross"] for one in found["items"]) for view, found in seen.items()} == dict.fromkeys(
        VIEWS, GROSS
    )
    assert {one["key"]: one["gross"] for one in seen["purpose"]["items"]} == {
        "due": DEPOSIT_PESOS,
        "balance": PESOS - DEPOSIT_PESOS,
        "tip": TIP,
    }
    payable = seen["day"]["standing"]["payable"]
    assert payable == pytest.approx(TIP + PESOS * (1 - 0.1 * 1.21))
    rows = await statement(town, shop)
    assert sum(float(row["net"]) for row in rows) == pytest.approx(payable)
    assert sum(float(row["net"]) for row in rows if row["purpose"] == "tip") == TIP


async def test_an_operator_finds_all_of_a_booking_and_the_books_in_balance(town: Town) -> None:
    shop, client, operator = await open_shop(town), await town.people.client(), await town.people.operator()
    booking = await serve(town, shop, client)
    await eventually(partial(has_earned, town, shop), PATIENCE)
    search = partial(Call, "GET", "/api/v1/payments/search", BARBER, query={"bookingId": booking["id"]})
    found = await town.gateway.ask(search(token=operator.token))
    assert sorted(one["purpose"] for one in found["payments"]) == ["balance", "due", "tip"]
    assert {one["status"] for one in found["payments"]} == {"paid"}
    assert sum(one["captured"] for one in found["charges"]) == GROSS
    assert [sum(line["amount"] for line in one["postings"]) for one in found["entries"]] == [0] * len(found["entries"])
    assert (await town.gateway.send(search(token=shop.owner.token))).status_code == 403
    assert await trial_balance(town, operator) == 0


async def serve(town: Town, shop: Shop, client: Account) -> Json:
    """A turno paid in two parts, rendered, with a tip."""
    booking, _ = await town.buy(client, shop, await shop.slot())
    await town.outside.pay(await town.begin_payment(client, booking, purpose="balance"))
    await eventually(partial(is_paid, town, client, booking), PATIENCE)
    await complete(town, shop, booking)
    await town.outside.pay(await town.begin_payment(client, booking, purpose="tip", tip=TIP))
    return booking


async def is_paid(town: Town, client: Account, booking: Json) -> bool:
    return bool((await town.see(client, booking))["paid"] == PESOS)


async def earnings(town: Town, shop: Shop, by: str) -> dict[str, Any]:
    path = f"/api/v1/providers/{shop.provider_id}/earnings"
    return dict(await town.gateway.ask(Call("GET", path, BARBER, shop.owner.token, query={"by": by})))


async def has_earned(town: Town, shop: Shop) -> bool:
    return bool(sum(one["gross"] for one in (await earnings(town, shop, "day"))["items"]) == GROSS)


async def statement(town: Town, shop: Shop) -> list[dict[str, str]]:
    path = f"/api/v1/providers/{shop.provider_id}/earnings/csv"
    reply = await town.gateway.send(Call("GET", path, BARBER, shop.owner.token))
    assert reply.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(reply.text)))
