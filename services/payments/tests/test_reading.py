"""Who sees which payment; snapshots for new readers."""

from typing import Any
from uuid import UUID

import pytest
from services.payments.tests.builders import SCOPE, Road

from common.service import first_id
from common.testing import event
from contracts.booking import BookingCancelled, BookingStatus
from contracts.ids import AccountId, RefundId, new_id
from contracts.payments import PaymentClosed, PaymentConfirmed, PaymentPending, PaymentRefunded
from contracts.providers import ProviderRegistered, ProviderStatus, ProviderUpdated
from payments import usecases


async def own(road: Road, provider_id: object, owner: AccountId, version: int = 1) -> None:
    kind = ProviderRegistered if version == 1 else ProviderUpdated
    fact = kind(
        version=version,
        provider_id=provider_id,
        owner_account_id=owner,
        display_name="Corte y Confección",
        slug="corte",
        status=ProviderStatus.ACTIVE,
    )
    async with road.uow.begin(SCOPE) as work:
        await usecases.remember_providers(road.context, work, [event(fact)])


async def test_the_client_the_owner_and_operators_see_a_payment_and_nobody_else(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    owner, other = AccountId(new_id()), AccountId(new_id())
    await own(road, booked.provider_id, owner)
    callers = {
        200: [
            road.tokens.bearer(booked.client_id),
            road.tokens.bearer(booked.client_id, "guest"),
            road.tokens.bearer(owner, "client provider:barber"),
            road.tokens.bearer(other, "operator:*"),
            road.tokens.bearer(other, "operator:barber"),
        ],
        404: [
            road.tokens.bearer(other),
            road.tokens.bearer(other, "provider:barber staff:barber analyst:*"),
            road.tokens.bearer(other, "operator:psychology"),
        ],
    }
    for status, headers in callers.items():
        for each in headers:
            one = await road.http.get(f"/api/v1/payments/{payment_id}", headers=each)
            listed = await road.http.get("/api/v1/payments", params={"bookingId": str(booked.id)}, headers=each)
            assert (one.status_code, listed.status_code) == (status, status)


async def test_without_a_token_nothing_is_seen(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    assert (await road.http.get(f"/api/v1/payments/{payment_id}")).status_code == 401


async def test_a_payment_is_of_its_vertical_only(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    headers = road.tokens.bearer(booked.client_id) | {"X-Vertical": "psychology"}
    assert (await road.http.get(f"/api/v1/payments/{payment_id}", headers=headers)).status_code == 404


async def test_the_newest_owner_counts(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    old, new = AccountId(new_id()), AccountId(new_id())
    await own(road, booked.provider_id, new, version=2)
    await own(road, booked.provider_id, old, version=1)
    assert (await road.http.get(f"/api/v1/payments/{payment_id}", headers=road.tokens.bearer(old))).status_code == 404
    assert (await road.http.get(f"/api/v1/payments/{payment_id}", headers=road.tokens.bearer(new))).status_code == 200


async def test_a_payment_shows_its_money_and_no_more(road: Road) -> None:
    booked, payment_id, _ = await road.paid(due=199_99)
    headers = road.tokens.bearer(booked.client_id)
    shown = (await road.http.get(f"/api/v1/payments/{payment_id}", headers=headers)).json()
    assert {name: shown[name] for name in ("status", "amount", "captured", "refunded", "currency", "method")} == {
        "status": "paid",
        "amount": 199.99,
        "captured": 199.99,
        "refunded": 0,
        "currency": "ARS",
        "method": "visa",
    }
    assert set(shown) == {
        *("id", "bookingId", "providerId", "status", "amount", "captured", "refunded", "currency", "method"),
        *("purpose", "initPoint", "expiresAt", "createdAt", "paidAt", "way", "ticket", "transfer"),
    }


async def test_a_booking_s_payments_are_paged(road: Road) -> None:
    booked = await road.book(due=100)
    first = await road.begin(booked)
    booked.due = 200
    await road.book_again(booked)
    second = await road.begin(booked)
    params: dict[str, str | int] = {"bookingId": str(booked.id), "limit": 1}
    headers = road.tokens.bearer(booked.client_id)
    page = (await road.http.get("/api/v1/payments", params=params, headers=headers)).json()
    assert [item["id"] for item in page["items"]] == [str(second)]
    rest = (
        await road.http.get("/api/v1/payments", params=params | {"cursor": page["nextCursor"]}, headers=headers)
    ).json()
    assert [item["id"] for item in rest["items"]] == [str(first)]
    bad = await road.http.get("/api/v1/payments", params=params | {"cursor": "x"}, headers=headers)
    assert bad.status_code == 422


@pytest.mark.parametrize("path", ["x", "00000000-0000-0000-0000-000000000000"])
async def test_no_such_payment(road: Road, path: str) -> None:
    headers = road.tokens.bearer(AccountId(new_id()), "operator:*")
    assert (await road.http.get(f"/api/v1/payments/{path}", headers=headers)).status_code in {404, 422}


async def test_a_new_reader_is_told_every_intent_as_it_stands(road: Road) -> None:
    open_id = await road.begin(await road.book())
    _, paid_id, _ = await road.paid()
    booked, refunded_id, _ = await road.paid()
    refund = RefundId(new_id())
    await road.hear_refund_due(booked, refunded_id, 150_000, refund)
    await road.refund_now()
    over = await road.book()
    closed_id = await road.begin(over)
    await road.hear(over.tell(BookingCancelled, BookingStatus.CANCELLED))
    await road.close_now()
    found: dict[UUID, Any] = {}
    after = first_id()
    while True:
        async with road.uow.begin(SCOPE) as work:
            facts = await usecases.snapshot_intents(work, after)
        if not facts:
            break
        after = facts[-1].subject
        found |= {fact.subject: fact for fact in facts}
    kinds = {each: type(found[each]) for each in (open_id, paid_id, refunded_id, closed_id)}
    assert kinds == {
        open_id: PaymentPending,
        paid_id: PaymentConfirmed,
        refunded_id: PaymentRefunded,
        closed_id: PaymentClosed,
    }
    assert found[refunded_id].refund_id == refund
    assert found[paid_id].version == (await road.intent(paid_id))["version"]
