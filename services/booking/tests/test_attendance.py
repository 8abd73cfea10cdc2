"""The day of the appointment: who came, who did not, and what not coming costs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, come, days_ahead

from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.booking import BookingNoShow, BookingRefundDue
from contracts.ids import AccountId, PaymentId, StaffId, new_id
from contracts.payments import PaymentPurpose

BOOKINGS = "/api/v1/bookings"
START = days_ahead(2)


async def told(context: BookingContext, made: dict[str, Any]) -> list[str]:
    return [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]


async def agree_on(context: BookingContext, made: dict[str, Any], no_show_percent: int) -> None:
    """The booking was made under a policy with another fee for not coming."""
    async with context.uow.begin("barber") as work:
        await work.connection.execute(
            "UPDATE booking SET policy = policy || $2 WHERE id = $1",
            UUID(made["id"]),
            {"no_show_percent": no_show_percent},
        )


async def test_a_client_is_checked_in_from_two_hours_before_and_then_served(
    http: httpx.AsyncClient,
    context: BookingContext,
    made: dict[str, Any],
    paying: Paying,
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    path = f"{BOOKINGS}/{made['id']}"
    await come(clock, START - timedelta(hours=2, seconds=30))
    early = await http.post(f"{path}/check-in", headers=as_owner)
    assert (early.status_code, early.json()["type"]) == (409, "urn:barberpro:problem:too-early-to-check-in")
    await come(clock, START - timedelta(hours=1))
    assert (await http.post(f"{path}/check-in", headers=as_owner)).json()["status"] == "arrived"
    assert (await http.post(f"{path}/complete", headers=as_owner)).json()["status"] == "completed"
    assert (await told(context, made))[-2:] == ["booking.arrived", "booking.completed"]


async def test_whoever_arrived_keeps_the_slot_and_is_not_moved_missed_or_cancelled_by_themselves(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    paying: Paying,
    as_client: dict[str, str],
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    await come(clock, START - timedelta(minutes=30))
    path = f"{BOOKINGS}/{made['id']}"
    await http.post(f"{path}/check-in", headers=as_owner)
    await come(clock, START + timedelta(minutes=1))
    later = {"startsAt": (START + timedelta(hours=2)).isoformat()}
    replies = [
        await http.post(f"{path}/cancel", headers=as_client),
        await http.post(f"{path}/no-show", headers=as_owner),
        await http.post(f"{path}/check-in", headers=as_owner),
        await http.post(f"{path}/reschedule", json=later, headers=as_owner),
    ]
    assert {(reply.status_code, reply.json()["type"]) for reply in replies} == {
        (409, "urn:barberpro:problem:already-arrived")
    }
    await paying.withdrawn()
    async with context.uow.read("barber") as session:
        query = "SELECT bool_and(live) FROM claim WHERE booking_id = $1"
        assert await session.connection.fetchval(query, UUID(made["id"]))
    assert (await http.post(f"{path}/cancel", headers=as_owner)).json()["refunded"] == 3000


async def test_for_what_is_only_held_nobody_comes(
    http: httpx.AsyncClient, made: dict[str, Any], as_owner: dict[str, str]
) -> None:
    for verb in ("check-in", "complete", "no-show"):
        reply = await http.post(f"{BOOKINGS}/{made['id']}/{verb}", headers=as_owner)
        assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:not-confirmed")


async def test_the_rest_of_the_price_may_be_paid_once_the_client_arrived(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_owner: dict[str, str], clock: Databases
) -> None:
    await paying.confirmed()
    await come(clock, START)
    path = f"{BOOKINGS}/{made['id']}"
    await http.post(f"{path}/check-in", headers=as_owner)
    await replace(paying, purpose=PaymentPurpose.BALANCE, minor=700_000, payment_id=PaymentId(new_id())).confirmed()
    shown = (await http.get(path, headers=as_owner)).json()
    assert (shown["paid"], shown["refunded"]) == (10_000, 0)


async def test_whoever_attends_it_says_how_it_went(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], paying: Paying, tokens: Tokens, clock: Databases
) -> None:
    await paying.confirmed()
    await come(clock, START)
    path = f"{BOOKINGS}/{made['id']}"
    mine = StaffId(UUID(made["staffId"]))
    other = next(account for one, account in shop.accounts.items() if one != mine)
    for verb in ("check-in", "complete", "no-show", "approve", "decline"):
        assert (await http.post(f"{path}/{verb}", headers=tokens.bearer(other))).status_code == 404
    for verb in ("check-in", "complete"):
        reply = await http.post(f"{path}/{verb}", headers=tokens.bearer(shop.accounts[mine]))
        assert reply.status_code == 200


async def test_who_does_not_come_owes_what_was_not_paid_and_keeps_nothing(
    http: httpx.AsyncClient,
    context: BookingContext,
    made: dict[str, Any],
    paying: Paying,
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    await come(clock, START)
    missed = (await http.post(f"{BOOKINGS}/{made['id']}/no-show", headers=as_owner)).json()
    assert (missed["status"], missed["refunded"], missed["fee"], missed["feeOwed"]) == ("no_show", 0, 10_000, 7000)
    assert [step["text"] for step in missed["explain"]] == [
        "Hasta ahora se pagaron $ 3.000,00.",
        "Por no venir se cobra el 100 % del precio.",
        "No se devuelven $ 3.000,00.",
        "Quedan sin pagar $ 7.000,00.",
    ]
    last = (await published(context.uow, "barber", UUID(made["id"])))[-1].data
    assert isinstance(last, BookingNoShow)
    assert last.fee_owed is not None
    assert last.fee_owed.minor == 700_000


@pytest.mark.parametrize(("percent", "refunds"), [(20, [100_000]), (0, [300_000]), (30, []), (100, [])])
async def test_a_smaller_fee_for_not_coming_gives_the_rest_back(
    http: httpx.AsyncClient,
    context: BookingContext,
    made: dict[str, Any],
    paying: Paying,
    as_owner: dict[str, str],
    clock: Databases,
    percent: int,
    refunds: list[int],
) -> None:
    await paying.confirmed()
    await agree_on(context, made, percent)
    await come(clock, START)
    await http.post(f"{BOOKINGS}/{made['id']}/no-show", headers=as_owner)
    facts = [event.data for event in await published(context.uow, "barber", UUID(made["id"]))]
    back = [fact for fact in facts if isinstance(fact, BookingRefundDue)]
    assert [fact.amount.minor for fact in back] == refunds
    assert all((fact.payment_id, fact.status) == (paying.payment_id, "no_show") for fact in back)


async def test_the_rest_goes_back_of_the_last_payment_first(
    http: httpx.AsyncClient,
    context: BookingContext,
    made: dict[str, Any],
    paying: Paying,
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    balance = replace(paying, purpose=PaymentPurpose.BALANCE, minor=700_000, payment_id=PaymentId(new_id()))
    await balance.confirmed()
    await agree_on(context, made, 20)
    await come(clock, START)
    missed = (await http.post(f"{BOOKINGS}/{made['id']}/no-show", headers=as_owner)).json()
    assert (missed["refunded"], missed["feeOwed"]) == (8000, 0)
    facts = [event.data for event in await published(context.uow, "barber", UUID(made["id"]))]
    back = [(fact.payment_id, fact.amount.minor) for fact in facts if isinstance(fact, BookingRefundDue)]
    assert back == [(balance.payment_id, 700_000), (paying.payment_id, 100_000)]


async def test_what_cancelling_would_cost_is_told_before_and_is_what_it_costs(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str], clock: Databases
) -> None:
    await paying.confirmed()
    await come(clock, START - timedelta(hours=4))
    path = f"{BOOKINGS}/{made['id']}"
    token = made["link"].rpartition("/")[2]
    cost = (await http.get(f"{path}/cancellation", headers=as_client)).json()
    assert cost == (await http.get(f"{BOOKINGS}/by-link/{token}/cancellation")).json()
    assert (cost["fee"], cost["kept"], cost["refund"], cost["policyVersion"]) == (1500, 1500, 1500, "barber-2")
    done = (await http.post(f"{path}/cancel", headers=as_client)).json()
    assert (done["fee"], done["refunded"], done["explain"]) == (1500, 1500, cost["explain"])
    assert [(step["code"], step["text"]) for step in cost["explain"]] == [
        ("paid", "Hasta ahora se pagaron $ 3.000,00."),
        ("notice", "Con al menos 3 h de anticipación se devuelve el 50 % de la seña."),
        ("kept", "No se devuelven $ 1.500,00."),
        ("refund", "Se devuelven $ 1.500,00."),
    ]


async def test_its_provider_is_told_that_cancelling_gives_all_of_it_back_and_a_stranger_nothing(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_owner: dict[str, str], tokens: Tokens
) -> None:
    await paying.confirmed()
    path = f"{BOOKINGS}/{made['id']}/cancellation"
    cost = (await http.get(path, headers=as_owner)).json()
    assert (cost["refund"], [step["code"] for step in cost["explain"]]) == (3000, ["paid", "not-the-client", "refund"])
    assert (await http.get(path, headers=tokens.bearer(paying.client))).status_code == 200
    assert (await http.get(path, headers=tokens.bearer(AccountId(new_id())))).status_code == 404


async def test_what_is_over_has_no_cost_any_more(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    path = f"{BOOKINGS}/{made['id']}"
    await http.post(f"{path}/cancel", headers=as_client)
    assert (await http.get(f"{path}/cancellation", headers=as_client)).status_code == 409
