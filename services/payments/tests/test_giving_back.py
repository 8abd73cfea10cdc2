"""Refunds that people ask for: how much, by whom, with whose word, and never more than is left."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.payments.tests.builders import SCOPE, Booked, Road
from services.payments.tests.test_reading import own

from common.money import Money
from common.testing import on_record
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from payments import store
from payments.domain.charge import Charge, ChargeId, ChargeStatus
from payments.domain.refund import (
    Refund,
    RefundOrigin,
    RefundStatus,
    RefundTooLate,
    RefundWhileDisputed,
)
from payments.domain.refundable import left_to_ask

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LARGE = 25_000_000


@dataclass
class Desk:
    """Operators and the owner of the shop that was paid."""

    road: Road
    booked: Booked
    payment_id: PaymentId
    charge_id: ChargeId
    owner: AccountId
    operator: AccountId

    async def ask(
        self,
        pesos: float | None = None,
        who: AccountId | None = None,
        scope: str = "operator:*",
        key: str | None = None,
    ) -> httpx.Response:
        body: dict[str, Any] = {"reason": "client-request"} | ({"amount": pesos} if pesos is not None else {})
        auth = self.road.tokens.bearer(who or self.operator, scope)
        headers = {"Idempotency-Key": key} if key is not None else {}
        return await self.road.http.post(
            f"/api/v1/payments/{self.payment_id}/refunds", json=body, headers=auth | headers
        )

    async def decide(self, refund: str, verb: str, who: AccountId, scope: str = "operator:*") -> httpx.Response:
        auth = self.road.tokens.bearer(who, scope)
        return await self.road.http.post(f"/api/v1/refunds/{refund}/{verb}", headers=auth)


async def desk_of(road: Road, due: int = 150_000) -> Desk:
    booked, payment_id, charge_id = await road.paid(due=due)
    owner, operator = AccountId(new_id()), AccountId(new_id())
    await own(road, booked.provider_id, owner)
    return Desk(road, booked, payment_id, charge_id, owner, operator)


def slug(reply: httpx.Response) -> str:
    return str(reply.json()["type"]).rpartition(":")[2]


async def test_an_operator_gives_back_a_part_and_then_the_rest(road: Road) -> None:
    desk = await desk_of(road)
    first = await desk.ask(500)
    assert first.status_code == 201
    assert {name: first.json()[name] for name in ("amount", "status", "origin", "reason")} == {
        "amount": 500,
        "status": "due",
        "origin": "operator",
        "reason": "client-request",
    }
    rest = await desk.ask()
    assert rest.json()["amount"] == 1000
    await road.refund_now()
    await road.hurry("refund", "due_at", UUID(rest.json()["id"]))
    await road.refund_now()
    assert (await road.status(desk.payment_id), await road.held(desk.payment_id)) == ("refunded", 0)
    assert road.mercadopago.charges[desk.charge_id].refunded == Money(150_000)
    told = [fact for fact in await road.facts(desk.payment_id) if fact.topic == "payment.refunded"]
    assert [(fact.origin, fact.refund.minor) for fact in told] == [("operator", 50_000), ("operator", 100_000)]


async def test_the_owner_gives_back_its_own_payments_and_the_client_none(road: Road) -> None:
    desk = await desk_of(road)
    assert (await desk.ask(100, desk.owner, "client provider:barber")).json()["origin"] == "provider"
    assert (await desk.ask(100, desk.booked.client_id, "client")).status_code == 403
    assert (await desk.ask(100, AccountId(new_id()), "client provider:barber")).status_code == 404
    assert (await desk.ask(100, AccountId(new_id()), "client operator:psychology")).status_code == 404


@pytest.mark.parametrize("pesos", [0, -1, 1.001, "mucho"])
async def test_an_amount_that_is_none_is_refused(road: Road, pesos: Any) -> None:
    assert (await (await desk_of(road)).ask(pesos)).status_code == 422


async def test_what_is_on_its_way_counts_as_gone(road: Road) -> None:
    desk = await desk_of(road)
    assert (await desk.ask(1000)).status_code == 201
    more = await desk.ask(500.01)
    assert (more.status_code, slug(more), more.json()["left"]) == (409, "refund-exceeds-capture", 500)
    assert (await desk.ask(500)).status_code == 201
    nothing = await desk.ask()
    assert (nothing.status_code, slug(nothing)) == (409, "nothing-to-refund")


async def test_at_once_no_more_is_promised_than_was_paid(road: Road) -> None:
    desk = await desk_of(road)
    replies = await asyncio.gather(*(desk.ask(400) for _ in range(8)))
    assert sorted(reply.status_code for reply in replies) == [201] * 3 + [409] * 5


async def test_what_was_not_paid_is_not_given_back(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    auth = road.tokens.bearer(AccountId(new_id()), "operator:*")
    reply = await road.http.post(f"/api/v1/payments/{payment_id}/refunds", json={"reason": "goodwill"}, headers=auth)
    assert (reply.status_code, slug(reply)) == (409, "nothing-to-refund")


async def test_the_same_request_again_is_the_same_refund(road: Road) -> None:
    desk = await desk_of(road)
    key = str(new_id())
    first, again = [await desk.ask(100, key=key) for _ in range(2)]
    assert first.json() == again.json()
    kept = await road.rows("SELECT id FROM refund WHERE intent_id = $1", desk.payment_id)
    assert [str(row["id"]) for row in kept] == [first.json()["id"]]


async def test_much_money_waits_for_another_operator(road: Road) -> None:
    desk = await desk_of(road, LARGE)
    asked = (await desk.ask()).json()
    assert asked["status"] == "awaiting_approval"
    await road.refund_now()
    assert await road.status(desk.payment_id) == "paid"
    assert slug(await desk.ask(1)) == "refund-exceeds-capture"
    assert slug(await desk.decide(asked["id"], "approve", desk.operator)) == "same-person"
    assert (await desk.decide(asked["id"], "approve", desk.owner, "client provider:barber")).status_code == 403
    other = AccountId(new_id())
    assert (await desk.decide(asked["id"], "approve", other)).json()["status"] == "due"
    assert slug(await desk.decide(asked["id"], "reject", other)) == "not-awaiting-approval"
    await road.refund_now()
    assert await road.status(desk.payment_id) == "refunded"
    by = [(entry.action, entry.actor) for entry in await on_record(road.uow, SCOPE, UUID(asked["id"]))]
    assert by[:2] == [("refund.asked", desk.operator), ("refund.approved", other)]


async def test_a_rejected_refund_frees_what_it_had_reserved_and_is_never_made(road: Road) -> None:
    desk = await desk_of(road, LARGE)
    asked = (await desk.ask()).json()
    assert (await desk.decide(asked["id"], "reject", AccountId(new_id()))).json()["status"] == "rejected"
    await road.refund_now()
    assert await road.status(desk.payment_id) == "paid"
    assert (await desk.ask(1000)).status_code == 201


async def test_many_small_refunds_of_one_payment_need_the_second_person_too(road: Road) -> None:
    desk = await desk_of(road, LARGE)
    assert (await desk.ask(150_000)).json()["status"] == "due"
    assert (await desk.ask(60_000)).json()["status"] == "awaiting_approval"


async def test_an_approval_that_comes_after_booking_took_the_money_back_is_refused(road: Road) -> None:
    desk = await desk_of(road, LARGE)
    asked = (await desk.ask()).json()
    await road.hear_refund_due(desk.booked, desk.payment_id, LARGE, RefundId(new_id()))
    reply = await desk.decide(asked["id"], "approve", AccountId(new_id()))
    assert (reply.status_code, slug(reply)) == (409, "refund-exceeds-capture")


async def test_only_one_of_two_decisions_at_once_counts(road: Road) -> None:
    desk = await desk_of(road, LARGE)
    asked = (await desk.ask()).json()["id"]
    verbs = ("approve", "reject", "approve", "reject")
    replies = await asyncio.gather(*(desk.decide(asked, verb, AccountId(new_id())) for verb in verbs))
    assert sorted(reply.status_code for reply in replies) == [200, 409, 409, 409]


async def test_the_parties_see_a_payment_s_refunds_page_by_page(road: Road) -> None:
    desk = await desk_of(road)
    asked = [(await desk.ask(100)).json()["id"] for _ in range(3)]
    path = f"/api/v1/payments/{desk.payment_id}/refunds"
    for who, scope in ((desk.booked.client_id, "client"), (desk.owner, "client provider:barber")):
        auth = road.tokens.bearer(who, scope)
        page = (await road.http.get(path, params={"limit": 2}, headers=auth)).json()
        rest = (await road.http.get(path, params={"cursor": page["nextCursor"]}, headers=auth)).json()
        assert [item["id"] for item in page["items"] + rest["items"]] == asked[::-1]
    stranger = road.tokens.bearer(AccountId(new_id()))
    assert (await road.http.get(path, headers=stranger)).status_code == 404


async def test_what_waits_for_a_word_is_not_shared_out_and_what_was_rejected_is(road: Road) -> None:
    desk = await desk_of(road, LARGE)
    asked = (await desk.ask()).json()
    async with road.uow.read(SCOPE) as session:
        assert await store.is_going_back(session, desk.payment_id) is False
        await desk.decide(asked["id"], "reject", AccountId(new_id()))
        assert await store.is_going_back(session, desk.payment_id) is None


def charge(status: ChargeStatus = ChargeStatus.APPROVED, refunded: int = 0, lost: int = 0) -> Charge:
    zero = Money.zero()
    return Charge(
        id=ChargeId("1"),
        intent_id=PaymentId(new_id()),
        status=status,
        detail="accredited",
        method="visa",
        updated_at=NOW,
        captured=Money(1000),
        refunded=Money(refunded),
        fee=zero,
        withheld=zero,
        lost=Money(lost),
    )


def promised(minor: int, status: RefundStatus, charge_id: str | None = "1") -> Refund:
    of = ChargeId(charge_id) if charge_id is not None else None
    return Refund(
        RefundId(new_id()), PaymentId(new_id()), of, Money(minor), RefundOrigin.OPERATOR, "goodwill", status=status
    )


def test_left_is_what_was_captured_less_refunded_lost_and_promised() -> None:
    refunds = [
        promised(10, RefundStatus.AWAITING_APPROVAL),
        promised(20, RefundStatus.DUE, None),
        promised(40, RefundStatus.SENT),
        promised(500, RefundStatus.REJECTED),
        promised(500, RefundStatus.DONE),
        promised(500, RefundStatus.DUE, "of a second payment"),
    ]
    assert left_to_ask(charge(refunded=100, lost=200), refunds, NOW, NOW) == Money(1000 - 100 - 200 - 70)


def test_after_180_days_and_while_it_is_contested_nothing_is_given_back() -> None:
    last = NOW - timedelta(days=180)
    assert left_to_ask(charge(), [], NOW, last) == Money(1000)
    with pytest.raises(RefundTooLate):
        left_to_ask(charge(), [], NOW, last - timedelta(seconds=1))
    with pytest.raises(RefundWhileDisputed):
        left_to_ask(charge(ChargeStatus.IN_MEDIATION), [], NOW, NOW)
