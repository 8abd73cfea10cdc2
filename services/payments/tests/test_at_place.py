"""Money taken at the place: on record, out of the ledger, and off the balance."""

import asyncio
from typing import Any

import httpx
from services.payments.tests.builders import Booked, Road
from services.payments.tests.test_audited import owner_of
from services.payments.tests.test_purposes import DUE, PRICE, confirmed

from common.testing import eventually, published
from contracts.ids import AccountId, new_id
from payments.usecases.apply import apply_snapshot

SCOPE = "barber"


async def owned(road: Road) -> tuple[Booked, AccountId]:
    """A confirmed booking, and the account of its provider's owner."""
    booked = await confirmed(road)
    return booked, await owner_of(road, booked)


async def take(road: Road, booked: Booked, by: AccountId, pesos: float, **headers: str) -> httpx.Response:
    body = {"bookingId": str(booked.id), "amount": pesos, "method": "cash"}
    auth = road.tokens.bearer(by, "client provider:barber")
    return await road.http.post("/api/v1/payments/at-place", json=body, headers=auth | headers)


async def test_cash_at_the_place_lessens_the_balance(road: Road) -> None:
    booked, owner = await owned(road)
    reply = await take(road, booked, owner, 1000)
    assert reply.status_code == 201, reply.text
    made = (await road.ask(booked, {"purpose": "balance"})).json()
    assert made["amount"] == (PRICE - DUE) / 100 - 1000


async def test_it_is_told_and_moves_no_account(road: Road) -> None:
    booked, owner = await owned(road)
    before = await entries(road, booked)
    reply = await take(road, booked, owner, 1000)
    (found,) = await published(road.uow, SCOPE, reply.json()["id"])
    told: Any = found.data
    assert (found.type, told.amount.minor, told.voided) == ("payment.at_place", 1000_00, False)
    assert await entries(road, booked) == before


async def test_the_page_for_the_rest_is_closed_once_the_rest_was_taken_at_the_place(road: Road) -> None:
    booked, owner = await owned(road)
    payment_id = await road.begin(booked, purpose="balance")
    await take(road, booked, owner, (PRICE - DUE) / 100)
    await road.close_now()
    assert await road.status(payment_id) == "cancelled"


async def test_a_rest_paid_on_the_page_and_at_the_place_is_a_case(road: Road) -> None:
    booked, owner = await owned(road)
    payment_id = await road.begin(booked, purpose="balance")
    charge_id = road.pay(payment_id)
    await take(road, booked, owner, (PRICE - DUE) / 100)
    await road.see_now(charge_id)
    assert await road.cases(charge_id) == ["overpaid"]


async def test_a_page_that_is_being_paid_is_waited_for_and_counted(road: Road) -> None:
    booked, owner = await owned(road)
    charge_id = road.pay(await road.begin(booked, purpose="balance"))
    async with road.uow.begin(SCOPE) as work:
        await apply_snapshot(work, road.mercadopago.charges[charge_id], await work.now())
        first = await work.connection.fetchval("SELECT pg_backend_pid()")
        recording = asyncio.create_task(take(road, booked, owner, (PRICE - DUE) / 100))
        behind = "SELECT FROM pg_stat_activity WHERE CAST($1 AS int) = ANY (pg_blocking_pids(pid))"
        await eventually(lambda: road.rows(behind, first))
    assert problem(await recording) == "more-than-owed"


async def test_more_than_is_owed_is_refused(road: Road) -> None:
    booked, owner = await owned(road)
    assert problem(await take(road, booked, owner, (PRICE - DUE) / 100 + 0.01)) == "more-than-owed"


async def test_two_at_once_take_no_more_than_the_price(road: Road) -> None:
    booked, owner = await owned(road)
    replies = await asyncio.gather(*(take(road, booked, owner, 2000) for _ in range(3)))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409]


async def test_a_mistake_is_taken_back_once_and_stays_on_record(road: Road) -> None:
    booked, owner = await owned(road)
    made = (await take(road, booked, owner, 3500)).json()
    auth = road.tokens.bearer(owner, "client provider:barber")
    void = f"/api/v1/payments/at-place/{made['id']}/void"
    first, again = [await road.http.post(void, headers=auth) for _ in range(2)]
    assert (first.status_code, problem(again)) == (200, "already-voided")
    listed = await road.http.get(f"/api/v1/payments/at-place?bookingId={booked.id}", headers=auth)
    (shown,) = listed.json()["items"]
    assert shown["voidedAt"] is not None
    assert (await road.ask(booked, {"purpose": "balance"})).json()["amount"] == (PRICE - DUE) / 100


async def test_a_repeated_key_records_once(road: Road) -> None:
    booked, owner = await owned(road)
    key = {"Idempotency-Key": str(new_id())}
    first, again = [(await take(road, booked, owner, 100, **key)).json() for _ in range(2)]
    assert first == again


async def test_nobody_else_records_or_sees_it(road: Road) -> None:
    booked, owner = await owned(road)
    stranger = AccountId(new_id())
    assert (await take(road, booked, stranger, 100)).status_code == 404
    assert (await take(road, booked, booked.client_id, 100)).status_code == 404
    await take(road, booked, owner, 100)
    path = f"/api/v1/payments/at-place?bookingId={booked.id}"
    seen = [
        (await road.http.get(path, headers=road.tokens.bearer(who))).status_code for who in (stranger, booked.client_id)
    ]
    assert seen == [404, 200]


async def entries(road: Road, booked: Booked) -> int:
    return int((await road.row("SELECT count(*) FROM ledger_transaction WHERE booking_id = $1", booked.id))["count"])


def problem(reply: httpx.Response) -> str:
    return str(reply.json()["type"]).rpartition("/")[2].rpartition(":")[2]
