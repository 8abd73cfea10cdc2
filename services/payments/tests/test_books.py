"""What providers and operators read of the ledger, and that nobody else does."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from services.payments.tests.builders import SCOPE, Booked, Road
from services.payments.tests.test_reading import own

from common.money import Money
from contracts.booking import BookingCompleted, BookingStatus
from contracts.ids import AccountId, ProviderId, ServiceId, new_id
from payments import usecases
from payments.usecases.books import add_up

_SHARES = {"gross": 1500, "commission": 150, "vat": 31.5, "net": 1318.5, "tips": 0}


class Shop:
    """A provider with its owner, and services rendered there."""

    def __init__(self, road: Road) -> None:
        self.road, self.id, self.owner = road, ProviderId(new_id()), AccountId(new_id())

    async def open(self) -> "Shop":
        await own(self.road, self.id, self.owner)
        return self

    async def serve(self, service_id: ServiceId | None = None) -> tuple[Booked, str]:
        """One turno paid for and completed."""
        booked = Booked(provider_id=self.id)
        more = {"service_id": service_id or ServiceId(new_id())}
        await self.road.hear(booked.tell(BookingCompleted, BookingStatus.HELD, **more))
        payment_id = await self.road.begin(booked)
        charge_id = self.road.pay(payment_id)
        await self.road.see_now(charge_id)
        await self.road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED, **more))
        await usecases.earn_what_is_over(self.road.context, SCOPE)
        return booked, charge_id

    async def ask(
        self, path: str = "", who: dict[str, str] | None = None, days: tuple[str, str] | None = None, **query: str
    ) -> httpx.Response:
        headers = who or self.road.tokens.bearer(self.owner, "client provider:barber")
        if days is not None:
            query |= {"from": days[0], "to": days[1]}
        return await self.road.http.get(f"/api/v1/providers/{self.id}/earnings{path}", headers=headers, params=query)


@pytest.fixture
async def shop(road: Road) -> Shop:
    return await Shop(road).open()


async def test_a_provider_sees_what_a_service_brought(shop: Shop) -> None:
    await shop.serve()
    reply = (await shop.ask()).json()
    (day,) = reply["items"]
    assert day["key"] == reply["last"]
    assert {name: day[name] for name in ("payments", *_SHARES)} == {"payments": 1, **_SHARES}
    assert reply["standing"] == {"payable": 1318.5, "held": 0}


async def test_what_is_still_to_come_is_held_and_not_earned(shop: Shop, road: Road) -> None:
    await road.paid(provider_id=shop.id)
    reply = (await shop.ask()).json()
    assert (reply["items"], reply["standing"]) == ([], {"payable": 0, "held": 1500})


async def test_earnings_are_gathered_by_service_and_by_method(shop: Shop) -> None:
    service_id = ServiceId(new_id())
    for one in (service_id, service_id, None):
        await shop.serve(one)
    by_service = {line["key"]: line["payments"] for line in (await shop.ask(by="service")).json()["items"]}
    assert by_service[str(service_id)] == 2
    assert sorted(by_service.values()) == [1, 2]
    (visa,) = (await shop.ask(by="method")).json()["items"]
    assert (visa["key"], visa["payments"], visa["net"]) == ("visa", 3, 3955.5)


async def test_tips_are_told_apart_in_the_sums_and_entry_by_entry(shop: Shop, road: Road) -> None:
    booked, _ = await shop.serve()
    tip = await road.begin(booked, purpose="tip", tip=500)
    await road.see_now(road.pay(tip))
    await usecases.earn_what_is_over(road.context, SCOPE)
    (day,) = (await shop.ask()).json()["items"]
    assert {name: day[name] for name in _SHARES} == _SHARES | {"gross": 2000, "net": 1818.5, "tips": 500}
    by_purpose = {line["key"]: (line["net"], line["tips"]) for line in (await shop.ask(by="purpose")).json()["items"]}
    assert by_purpose == {"due": (1318.5, 0), "tip": (500, 500)}
    rows: list[Any] = list(csv.DictReader(StringIO((await shop.ask("/csv")).text)))
    assert [(row["purpose"], row["net"]) for row in rows] == [("due", "1318.50"), ("tip", "500.00")]


async def test_other_days_have_other_earnings(shop: Shop) -> None:
    await shop.serve()
    reply = (await shop.ask(days=("2026-01-01", "2026-01-31"))).json()
    assert (reply["items"], reply["first"], reply["last"]) == ([], "2026-01-01", "2026-01-31")


async def test_days_the_wrong_way_round_are_refused(shop: Shop) -> None:
    reply = await shop.ask(days=("2026-02-01", "2026-01-31"))
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:invalid-span")


async def test_a_statement_has_every_entry_and_sums_to_what_is_payable(shop: Shop, road: Road) -> None:
    _, charge_id = await shop.serve()
    await shop.serve()
    road.mercadopago.give_back(road.mercadopago.charges[charge_id].id, Money(150_000))
    await road.see_now(road.mercadopago.charges[charge_id].id)
    reply = await shop.ask("/csv")
    assert reply.headers["content-type"].startswith("text/csv")
    rows: list[Any] = list(csv.DictReader(StringIO(reply.text)))
    assert [(row["kind"], row["net"]) for row in rows] == [
        ("earned", "1318.50"),
        ("earned", "1318.50"),
        ("refund", "-1318.50"),
    ]


async def test_a_statement_has_both_decimals_and_the_hour_in_argentina(shop: Shop) -> None:
    await shop.serve()
    (row,) = csv.DictReader(StringIO((await shop.ask("/csv")).text))
    amounts = [row[name] for name in ("gross", "commission", "vat", "net", "paid_out")]
    assert amounts == ["1500.00", "150.00", "31.50", "1318.50", "0.00"]
    assert datetime.fromisoformat(row["booked_at"]).utcoffset() == timedelta(hours=-3)
    assert row["booked_at"][:10] == (await shop.ask()).json()["items"][0]["key"]


async def test_nobody_else_sees_a_providers_money(shop: Shop, road: Road) -> None:
    other = AccountId(new_id())
    for scope in ("client", "provider:barber staff:barber analyst:*", "operator:psychology"):
        for path in ("", "/csv"):
            assert (await shop.ask(path, road.tokens.bearer(other, scope))).status_code == 404
    assert (await shop.ask("", road.tokens.bearer(other, "operator:barber"))).status_code == 200
    reads = await road.rows("SELECT actor FROM audit_entry WHERE action = 'earnings.read' AND subject = $1", shop.id)
    assert [row["actor"] for row in reads] == [str(other)]


async def test_operators_see_every_account_and_that_they_sum_to_zero(shop: Shop, road: Road) -> None:
    await shop.serve()
    headers = road.tokens.bearer(AccountId(new_id()), "operator:barber")
    reply = (await road.http.get("/api/v1/payments/trial-balance", headers=headers)).json()
    assert reply["total"] == 0
    assert {"psp_clearing", "provider_payable", "commission_revenue", "vat_payable"} <= {
        line["account"] for line in reply["items"]
    }


async def test_the_trial_balance_is_the_same_in_pages_of_any_length(shop: Shop, road: Road) -> None:
    await shop.serve()
    assert await add_up(road.uow, SCOPE, 7) == await add_up(road.uow, SCOPE, 100_000)


async def test_the_trial_balance_is_for_operators(shop: Shop, road: Road) -> None:
    headers = road.tokens.bearer(shop.owner, "client provider:barber analyst:barber")
    assert (await road.http.get("/api/v1/payments/trial-balance", headers=headers)).status_code == 403


async def test_the_shared_ledger_is_for_operators_of_all(road: Road) -> None:
    for scope, status in (("operator:barber", 403), ("operator:*", 200)):
        headers = road.tokens.bearer(AccountId(new_id()), scope)
        reply = await road.http.get("/api/v1/payments/trial-balance", params={"shared": True}, headers=headers)
        assert reply.status_code == status
    assert reply.json()["total"] == 0
    assert "provider_payable" not in {line["account"] for line in reply.json()["items"]}
