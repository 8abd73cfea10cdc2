"""A service whose provider accepts each booking before it is paid for."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, come, days_ahead, settle

from booking import usecases
from booking.usecases import BookingContext
from common.audit import Entry
from common.testing import Databases, Tokens, on_record, published
from contracts.booking import BookingRescheduled
from contracts.ids import AccountId, BookingId, StaffId, new_id
from contracts.providers import DepositPart

BOOKINGS = "/api/v1/bookings"


@pytest.fixture
async def shop(context: BookingContext) -> Shop:
    """It accepts each booking itself."""
    return await Shop(approval=True).open(context)


async def told(context: BookingContext, made: dict[str, Any]) -> list[str]:
    return [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]


def from_now(text: str) -> timedelta:
    return datetime.fromisoformat(text) - datetime.now(UTC)


async def test_a_booking_waits_for_its_provider_a_day_and_keeps_its_slot(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, made: dict[str, Any], tokens: Tokens
) -> None:
    assert made["status"] == "pending"
    assert timedelta(hours=23) < from_now(made["holdExpiresAt"]) <= timedelta(hours=24)
    assert await told(context, made) == ["booking.created"]
    wish = shop.wish(days_ahead(2), staffId=made["staffId"])
    assert (await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))).status_code == 409


async def test_it_waits_no_longer_than_it_starts(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str], clock: Databases
) -> None:
    start = days_ahead(2)
    await come(clock, start - timedelta(hours=2))
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    assert datetime.fromisoformat(made["holdExpiresAt"]) == start


async def test_once_accepted_it_is_held_for_half_a_day_and_its_money_confirms_it(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], paying: Paying, as_owner: dict[str, str]
) -> None:
    approved = (await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=as_owner)).json()
    assert approved["status"] == "held"
    assert timedelta(hours=11) < from_now(approved["holdExpiresAt"]) <= timedelta(hours=12)
    await paying.begun()
    await paying.confirmed()
    assert await told(context, made) == ["booking.created", "booking.approved", "booking.confirmed"]


async def test_a_payment_that_was_given_up_does_not_shorten_what_the_accepted_client_was_given(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_owner: dict[str, str], as_client: dict[str, str]
) -> None:
    approved = (await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=as_owner)).json()
    await paying.begun()
    await paying.closed()
    shown = (await http.get(f"{BOOKINGS}/{made['id']}", headers=as_client)).json()
    assert shown["holdExpiresAt"] == approved["holdExpiresAt"]


async def test_where_nothing_is_due_it_is_confirmed_when_it_is_accepted(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(approval=True, deposit=DepositPart()).open(context)
    made = (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=as_client)).json()
    owner = tokens.bearer(shop.owner, "client provider:barber")
    approved = (await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=owner)).json()
    assert (made["status"], approved["status"], approved["holdExpiresAt"]) == ("pending", "confirmed", None)
    assert await told(context, made) == ["booking.created", "booking.approved", "booking.confirmed"]


async def test_a_declined_booking_is_over_and_its_slot_free(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    as_owner: dict[str, str],
    as_client: dict[str, str],
) -> None:
    declined = (await http.post(f"{BOOKINGS}/{made['id']}/decline", headers=as_owner)).json()
    assert (declined["status"], declined["cancelledBy"]) == ("cancelled", "provider")
    last = (await published(context.uow, "barber", UUID(made["id"])))[-1].data
    assert (last.topic, getattr(last, "reason", None)) == ("booking.cancelled", "declined")
    wish = shop.wish(days_ahead(2), staffId=made["staffId"])
    assert (await http.post(BOOKINGS, json=wish, headers=as_client)).status_code == 201


async def test_only_what_waits_can_be_accepted_or_declined(
    http: httpx.AsyncClient, made: dict[str, Any], as_owner: dict[str, str]
) -> None:
    verbs = ("approve", "approve", "decline")
    replies = [await http.post(f"{BOOKINGS}/{made['id']}/{verb}", headers=as_owner) for verb in verbs]
    assert [reply.status_code for reply in replies] == [200, 409, 409]
    late = replies[1].json()
    assert (late["type"], late["status"]) == ("urn:barberpro:problem:not-pending", 409)
    assert late["bookingStatus"] == "held"


async def test_what_nobody_answers_expires(
    context: BookingContext, made: dict[str, Any], clock: Databases, http: httpx.AsyncClient, as_owner: dict[str, str]
) -> None:
    await clock.shift_clock("barber", timedelta(hours=24, minutes=1))
    await settle(context)
    assert await told(context, made) == ["booking.created", "booking.expired"]
    assert (await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=as_owner)).status_code == 409


async def test_of_64_acceptances_at_the_moment_of_expiry_one_wins_or_none(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], clock: Databases, as_owner: dict[str, str]
) -> None:
    await clock.shift_clock("barber", timedelta(hours=24, minutes=1))
    expiry = asyncio.create_task(usecases.settle_due_holds(context, "barber"))
    accept = [http.post(f"{BOOKINGS}/{made['id']}/approve", headers=as_owner) for _ in range(64)]
    replies = await asyncio.gather(*accept)
    await expiry
    won = sum(reply.status_code == 200 for reply in replies)
    assert {reply.status_code for reply in replies} <= {200, 409, 503}
    assert await told(context, made) == ["booking.created", "booking.approved" if won else "booking.expired"]
    assert won <= 1


async def test_unanswered_bookings_count_as_open_holds_even_in_parallel(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str], as_owner: dict[str, str]
) -> None:
    wishes = [shop.wish(days_ahead(3 + day)) for day in range(8)]
    replies = await asyncio.gather(*(http.post(BOOKINGS, json=wish, headers=as_client) for wish in wishes))
    made = [reply.json() for reply in replies if reply.status_code == 201]
    assert len(made) == 3
    # Accepted they are still unpaid, and count under the numbers they had.
    await http.post(f"{BOOKINGS}/{made[0]['id']}/approve", headers=as_owner)
    assert (await http.post(BOOKINGS, json=shop.wish(days_ahead(20)), headers=as_client)).status_code == 409
    await http.post(f"{BOOKINGS}/{made[1]['id']}/decline", headers=as_owner)
    assert (await http.post(BOOKINGS, json=shop.wish(days_ahead(20)), headers=as_client)).status_code == 201


async def test_the_client_cannot_accept_its_own_booking_nor_can_another_member_of_staff(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], as_client: dict[str, str], tokens: Tokens
) -> None:
    other = next(account for one, account in shop.accounts.items() if str(one) != made["staffId"])
    for headers in (as_client, tokens.bearer(other)):
        assert (await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=headers)).status_code == 404


async def test_whoever_attends_it_accepts_it_and_that_is_on_record(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    client: AccountId,
    tokens: Tokens,
) -> None:
    account = shop.accounts[StaffId(UUID(made["staffId"]))]
    path = f"{BOOKINGS}/{made['id']}"
    assert (await http.post(f"{path}/approve", headers=tokens.bearer(account))).status_code == 200
    cancelled = (await http.post(f"{path}/cancel", headers=tokens.bearer(account))).json()
    assert cancelled["cancelledBy"] == "provider"
    detail = {"as": "staff", "client": str(client)}
    assert await on_record(context.uow, "barber", UUID(made["id"])) == [
        Entry("booking.approved", account, UUID(made["id"]), detail),
        Entry("booking.cancelled", account, UUID(made["id"]), detail),
    ]


async def test_a_payment_for_what_was_not_accepted_yet_is_not_remembered(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, made: dict[str, Any], client: AccountId
) -> None:
    await Paying(context, shop, BookingId(UUID(made["id"])), client).begun()
    async with context.uow.read("barber") as session:
        query = "SELECT payment_id FROM booking WHERE id = $1"
        assert await session.connection.fetchval(query, UUID(made["id"])) is None


async def test_a_provider_who_saw_another_start_has_not_accepted_this_one(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str], as_owner: dict[str, str]
) -> None:
    path, start = f"{BOOKINGS}/{made['id']}", days_ahead(4).isoformat()
    await http.post(f"{path}/reschedule", json={"startsAt": start}, headers=as_client)
    late = await http.post(f"{path}/approve", json={"startsAt": made["startsAt"]}, headers=as_owner)
    assert (late.status_code, late.json()["type"]) == (409, "urn:barberpro:problem:moved-meanwhile")
    assert datetime.fromisoformat(late.json()["startsAt"]) == days_ahead(4)
    assert (await http.post(f"{path}/approve", json={"startsAt": start}, headers=as_owner)).status_code == 200


async def test_of_a_request_that_its_client_moves_the_owner_is_told_who_has_to_answer(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    as_client: dict[str, str],
    as_owner: dict[str, str],
) -> None:
    for day, headers in ((4, as_client), (5, as_owner)):
        wish = {"startsAt": days_ahead(day).isoformat()}
        await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=wish, headers=headers)
    moves = [event.data for event in await published(context.uow, "barber", UUID(made["id"]))][1:]
    assert [one.owner_account_id for one in moves if isinstance(one, BookingRescheduled)] == [shop.owner, None]


@pytest.mark.parametrize(("minutes", "status"), [(4, 409), (6, 200)])
async def test_what_could_not_be_paid_any_more_before_it_starts_is_not_accepted(
    http: httpx.AsyncClient, made: dict[str, Any], as_owner: dict[str, str], clock: Databases, minutes: int, status: int
) -> None:
    # Nobody answered for a day: the job that ends it has not met it yet.
    await come(clock, datetime.fromisoformat(made["startsAt"]) - timedelta(minutes=minutes))
    reply = await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=as_owner)
    assert reply.status_code == status
    if status == 409:
        assert reply.json()["type"] == "urn:barberpro:problem:too-late-to-approve"


async def test_where_nothing_is_due_it_is_accepted_until_it_starts(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str], clock: Databases
) -> None:
    shop = await Shop(approval=True, deposit=DepositPart()).open(context)
    made = (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=as_client)).json()
    await come(clock, days_ahead(2) - timedelta(minutes=1))
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(f"{BOOKINGS}/{made['id']}/approve", headers=owner)).json()["status"] == "confirmed"
