"""What happens to a booking after it was made: money, expiry, cancellation, attendance."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, days_ahead, settle

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.booking import BookingHoldDue, BookingRefundDue
from contracts.ids import AccountId, BookingId, new_id

BOOKINGS = "/api/v1/bookings"


async def told(context: BookingContext, made: dict[str, Any]) -> list[str]:
    return [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]


async def replace_policy(context: BookingContext, made: dict[str, Any], policy: object) -> object:
    """Write another policy (an empty one cannot be read) into a booking's row; the one that stood there."""
    async with context.uow.begin("barber") as work:
        old: object = await work.connection.fetchval("SELECT policy FROM booking WHERE id = $1", UUID(made["id"]))
        await work.connection.execute("UPDATE booking SET policy = $2 WHERE id = $1", UUID(made["id"]), policy)
    return old


async def status(http: httpx.AsyncClient, made: dict[str, Any], headers: dict[str, str]) -> str:
    return str((await http.get(f"{BOOKINGS}/{made['id']}", headers=headers)).json()["status"])


async def test_a_paid_hold_is_confirmed_once_however_often_it_is_told(
    context: BookingContext, made: dict[str, Any], paying: Paying
) -> None:
    await paying.begun()
    for _ in range(10):
        await paying.confirmed()
    assert await told(context, made) == ["booking.created", "booking.confirmed"]


async def test_an_unpaid_hold_expires_and_its_slot_is_free_again(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    as_client: dict[str, str],
    clock: Databases,
) -> None:
    await clock.shift_clock("barber", timedelta(minutes=16))
    await settle(context)
    assert await told(context, made) == ["booking.created", "booking.expired"]
    wish = shop.wish(days_ahead(2), staffId=made["staffId"])
    assert (await http.post(BOOKINGS, json=wish, headers=as_client)).status_code == 201


async def test_a_due_hold_that_cannot_be_settled_is_put_off_and_the_others_are_settled(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    as_client: dict[str, str],
    clock: Databases,
) -> None:
    other = (await http.post(BOOKINGS, json=shop.wish(days_ahead(3)), headers=as_client)).json()
    policy = await replace_policy(context, made, {})
    await clock.shift_clock("barber", timedelta(minutes=16))
    await settle(context)
    assert await told(context, other) == ["booking.created", "booking.expired"]
    await replace_policy(context, made, policy)
    await settle(context)
    assert await told(context, made) == ["booking.created"]
    await clock.shift_clock("barber", timedelta(minutes=17, seconds=30))
    await settle(context)
    assert await told(context, made) == ["booking.created", "booking.expired"]


async def test_a_hold_that_has_just_fallen_due_does_not_block_the_next_client(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, client: AccountId, clock: Databases
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    made = (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=tokens.bearer(client))).json()
    await clock.shift_clock("barber", timedelta(minutes=16))
    other = tokens.bearer(AccountId(new_id()))
    assert (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=other)).status_code == 201
    assert await told(context, made) == ["booking.created", "booking.expired"]


async def test_a_hold_with_a_payment_begun_asks_payments_first_and_keeps_its_slot(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await paying.begun()
    await clock.shift_clock("barber", timedelta(minutes=16))
    await settle(context)
    await settle(context)
    (_, due) = await published(context.uow, "barber", UUID(made["id"]))
    assert isinstance(due.data, BookingHoldDue)
    assert (due.data.status, due.data.payment_id) == ("held", paying.payment_id)


async def test_a_due_hold_expires_when_payments_closed_the_payment(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await paying.begun()
    await clock.shift_clock("barber", timedelta(minutes=16))
    await settle(context)
    await paying.closed()
    assert (await told(context, made))[-1] == "booking.expired"


async def test_a_due_hold_expires_after_ten_minutes_without_an_answer(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await paying.begun()
    for minutes in (16, 27):
        await clock.shift_clock("barber", timedelta(minutes=minutes))
        await settle(context)
    assert await told(context, made) == ["booking.created", "booking.hold_due", "booking.expired"]


async def test_money_after_expiry_takes_the_slot_again_while_it_is_free(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await clock.shift_clock("barber", timedelta(minutes=16))
    await settle(context)
    await paying.confirmed()
    assert await told(context, made) == ["booking.created", "booking.expired", "booking.confirmed"]


async def test_money_after_expiry_goes_back_when_the_slot_is_somebody_elses(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, client: AccountId, clock: Databases
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    made = (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=tokens.bearer(client))).json()
    await clock.shift_clock("barber", timedelta(minutes=16))
    await settle(context)
    other = tokens.bearer(AccountId(new_id()))
    assert (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=other)).status_code == 201
    paying = Paying(context, shop, BookingId(UUID(made["id"])), client)
    await paying.confirmed()
    await paying.confirmed()
    events = await published(context.uow, "barber", UUID(made["id"]))
    assert [event.type for event in events] == ["booking.created", "booking.expired", "booking.refund_due"]
    assert isinstance(events[-1].data, BookingRefundDue)
    assert (events[-1].data.amount.minor, events[-1].data.payment_id) == (300_000, paying.payment_id)


async def test_a_second_payment_for_a_confirmed_booking_goes_back(
    context: BookingContext, shop: Shop, made: dict[str, Any], paying: Paying
) -> None:
    await paying.confirmed()
    second = Paying(context, shop, paying.booking_id, paying.client)
    await second.confirmed()
    last = (await published(context.uow, "barber", UUID(made["id"])))[-1].data
    assert isinstance(last, BookingRefundDue)
    assert (last.payment_id, last.status) == (second.payment_id, "confirmed")


async def test_a_cancellation_after_a_second_payment_gives_back_the_first_alone(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    paying: Paying,
    as_client: dict[str, str],
) -> None:
    await paying.confirmed()
    await Paying(context, shop, paying.booking_id, paying.client).confirmed()
    cancelled = await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    assert (cancelled.json()["paid"], cancelled.json()["refunded"]) == (6000, 6000)
    last = (await published(context.uow, "barber", UUID(made["id"])))[-1].data
    assert isinstance(last, BookingRefundDue)
    assert (last.payment_id, last.amount.minor) == (paying.payment_id, 300_000)


async def test_a_strangers_booking_does_not_exist_for_anybody_else(
    http: httpx.AsyncClient, made: dict[str, Any], tokens: Tokens
) -> None:
    stranger = tokens.bearer(AccountId(new_id()))
    path = f"{BOOKINGS}/{made['id']}"
    replies = [
        await http.get(path, headers=stranger),
        *[await http.post(f"{path}/{verb}", headers=stranger) for verb in ("cancel", "complete", "no-show")],
    ]
    assert {reply.status_code for reply in replies} == {404}


async def test_a_client_cannot_say_that_they_were_served(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    assert (await http.post(f"{BOOKINGS}/{made['id']}/complete", headers=as_client)).status_code == 404


@pytest.mark.parametrize(("verb", "ends_as"), [("complete", "completed"), ("no-show", "no_show")])
async def test_the_provider_closes_a_confirmed_booking_once_it_has_started(
    http: httpx.AsyncClient,
    shop: Shop,
    made: dict[str, Any],
    paying: Paying,
    tokens: Tokens,
    clock: Databases,
    verb: str,
    ends_as: str,
) -> None:
    await paying.confirmed()
    owner = tokens.bearer(shop.owner, "client provider:barber")
    path = f"{BOOKINGS}/{made['id']}/{verb}"
    too_early = await http.post(path, headers=owner)
    await clock.shift_clock("barber", timedelta(days=3))
    done = await http.post(path, headers=owner)
    assert (too_early.status_code, done.json()["status"]) == (409, ends_as)


async def test_a_clients_bookings_are_paged_newest_first(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    made = [
        (await http.post(BOOKINGS, json=shop.wish(days_ahead(3 + n)), headers=as_client)).json()["id"] for n in range(3)
    ]
    first = (await http.get(BOOKINGS, params={"limit": 2}, headers=as_client)).json()
    rest = (await http.get(BOOKINGS, params={"limit": 2, "cursor": first["nextCursor"]}, headers=as_client)).json()
    assert [item["id"] for item in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["nextCursor"] is None


async def test_the_agenda_of_a_day_is_for_the_provider_alone(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], as_client: dict[str, str], tokens: Tokens
) -> None:
    query = {"providerId": str(shop.provider_id), "date": made["localDate"]}
    owner = tokens.bearer(shop.owner, "client provider:barber")
    agenda = await http.get(BOOKINGS, params=query, headers=owner)
    assert [item["id"] for item in agenda.json()["items"]] == [made["id"]]
    assert (await http.get(BOOKINGS, params=query, headers=as_client)).status_code == 404


async def test_staff_see_of_the_agenda_what_they_attend_themselves(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], as_client: dict[str, str], tokens: Tokens
) -> None:
    mine, others = sorted(shop.staff, key=lambda one: str(one) != made["staffId"])
    another = shop.wish(days_ahead(2), staffId=str(others))
    second = (await http.post(BOOKINGS, json=another, headers=as_client)).json()
    query = {"providerId": str(shop.provider_id), "date": made["localDate"]}
    for member, its in ((mine, made), (others, second)):
        headers = tokens.bearer(shop.accounts[member], "client staff:barber")
        agenda = await http.get(BOOKINGS, params=query, headers=headers)
        assert [item["id"] for item in agenda.json()["items"]] == [its["id"]]
    elsewhere = tokens.bearer(AccountId(new_id()), "client staff:barber")
    assert (await http.get(BOOKINGS, params=query, headers=elsewhere)).status_code == 404


async def test_a_snapshot_tells_the_current_state_at_its_version(
    context: BookingContext, made: dict[str, Any], paying: Paying
) -> None:
    await paying.confirmed()
    async with context.uow.begin("barber") as work:
        facts = await usecases.snapshot_bookings(work, UUID(int=UUID(made["id"]).int - 1))
    assert (facts[0].subject, facts[0].topic, facts[0].version) == (UUID(made["id"]), "booking.confirmed", 2)
