"""What the engine knows of a shop, through the API on a real PostgreSQL."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import httpx
import pytest
from services.booking.tests.builders import ZONE, Shop, come, days_ahead
from services.booking.tests.offering import another, go_away, offer

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, event
from contracts.base import Amount
from contracts.ids import AccountId, ServiceId, StaffId, new_id
from contracts.providers import CapsPart, DepositPart, PricePart, SegmentPart, TimingPart

BOOKINGS: Final = "/api/v1/bookings"
AVAILABILITY: Final = "/api/v1/availability"
HALF: Final = timedelta(minutes=30)
COLOUR: Final = (SegmentPart(minutes=30), SegmentPart(minutes=30, attended=False), SegmentPart(minutes=30))


@pytest.fixture
async def small(context: BookingContext) -> Shop:
    """One barber, two chairs, nothing due."""
    return await Shop(barbers=1, chairs=2, deposit=DepositPart()).open(context)


async def book(http: httpx.AsyncClient, tokens: Tokens, *services: ServiceId, at: datetime, **more: Any) -> Any:
    """As somebody new."""
    wish = {"serviceIds": [str(one) for one in services], "startsAt": at.isoformat(), **more}
    return await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))


async def starts(http: httpx.AsyncClient, at: datetime, *services: ServiceId) -> set[str]:
    """Local times that are free on the day of an instant."""
    day = at.astimezone(ZONE).date().isoformat()
    asked = {"serviceId": [str(one) for one in services], "from": day, "to": day}
    days = (await http.get(AVAILABILITY, params=asked)).json()["days"]
    return {slot["localTime"] for one in days for slot in one["slots"]}


async def why(http: httpx.AsyncClient, at: datetime, *services: ServiceId, **headers: Any) -> Any:
    asked = {"serviceId": [str(one) for one in services], "startsAt": at.isoformat()}
    return (await http.get(f"{AVAILABILITY}/explain", params=asked, **headers)).json()


async def test_while_a_colour_takes_the_barber_is_free_and_the_chair_is_not(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    colour = await another(context, small, duration_minutes=90, segments=COLOUR)
    at = days_ahead(3)
    assert (await book(http, tokens, colour, at=at)).status_code == 201
    assert {"10:00", "11:00"} & await starts(http, at, small.service_id) == set()
    assert (await book(http, tokens, small.service_id, at=at + HALF)).status_code == 201
    # Both chairs are taken then, though the barber has time for a third client.
    third = await another(context, small, duration_minutes=5, timing=TimingPart(step_minutes=5))
    owner = tokens.bearer(small.owner, "provider")
    assert (await why(http, at + HALF, third, headers=owner))["staff"][0]["rules"] == ["busy", "chair-busy"]


async def test_several_services_are_one_visit_with_one_price_and_follow_each_other(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    beard = await another(context, small, duration_minutes=15, price=Amount(minor=400_000))
    at = days_ahead(3)
    made = (await book(http, tokens, small.service_id, beard, at=at)).json()
    (follows,) = made["also"]
    assert (made["price"], follows["price"], follows["serviceId"]) == (14_000, 4_000, str(beard))
    assert datetime.fromisoformat(follows["startsAt"]) == at + HALF
    assert datetime.fromisoformat(made["endsAt"]) == at + timedelta(minutes=45)
    taken = await starts(http, at, small.service_id)
    assert {"10:00", "10:30"} & taken == set()
    assert "11:00" in taken


async def test_a_visit_moves_as_a_whole(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    beard = await another(context, small, duration_minutes=15, price=Amount(minor=400_000))
    at, client = days_ahead(3), tokens.bearer(AccountId(new_id()))
    wish = {"serviceIds": [str(small.service_id), str(beard)], "startsAt": at.isoformat()}
    made = (await http.post(BOOKINGS, json=wish, headers=client)).json()
    await offer(context, small, price=Amount(minor=9_900_000))
    move = {"startsAt": (at + HALF).isoformat()}
    moved = (await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=move, headers=client)).json()
    assert (moved["price"], moved["also"][0]["price"]) == (14_000, 4_000)
    assert datetime.fromisoformat(moved["also"][0]["startsAt"]) == at + 2 * HALF


async def test_whoever_gives_the_second_service_of_a_visit_may_call_it_off(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=2, chairs=2, deposit=DepositPart()).open(context)
    first, second = shop.staff
    cut = await another(context, shop, staff_ids=(first,))
    beard = await another(context, shop, staff_ids=(second,))
    made = (await book(http, tokens, cut, beard, at=days_ahead(3))).json()
    me = tokens.bearer(shop.accounts[second])
    assert (await http.get(f"{BOOKINGS}/{made['id']}", headers=me)).status_code == 200
    day = {"providerId": str(shop.provider_id), "date": made["localDate"]}
    assert (await http.post(f"{BOOKINGS}/cancel-day", json=day, headers=me)).json() == {"cancelled": 1}


async def test_services_of_two_providers_are_no_visit(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    other = await Shop().open(context)
    assert (await book(http, tokens, small.service_id, other.service_id, at=days_ahead(3))).status_code == 404


@pytest.mark.parametrize("both", [True, False])
async def test_a_booking_names_one_service_or_the_services_of_a_visit(
    http: httpx.AsyncClient, tokens: Tokens, small: Shop, both: bool
) -> None:
    services = {"serviceId": str(small.service_id), "serviceIds": [str(small.service_id)]} if both else {}
    wish = {"startsAt": days_ahead(3).isoformat(), **services}
    reply = await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))
    assert reply.status_code == 422


async def test_a_visit_has_at_most_five_services(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    others = [await another(context, small, duration_minutes=10) for _ in range(5)]
    assert (await book(http, tokens, small.service_id, *others, at=days_ahead(3))).status_code == 422
    assert (await book(http, tokens, *others, at=days_ahead(3))).status_code == 201


async def test_a_service_is_in_a_visit_once(http: httpx.AsyncClient, tokens: Tokens, small: Shop) -> None:
    assert (await book(http, tokens, small.service_id, small.service_id, at=days_ahead(3))).status_code == 422


async def test_of_many_clients_at_once_a_day_takes_no_more_than_its_cap(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=4, chairs=4, deposit=DepositPart()).open(context)
    await offer(context, shop, caps=CapsPart(per_day=3))
    first = days_ahead(3, time(9))
    wanted = (book(http, tokens, shop.service_id, at=first + number % 12 * HALF) for number in range(12))
    statuses = Counter(reply.status_code for reply in await asyncio.gather(*wanted))
    assert statuses == {201: 3, 409: 9}
    assert (await why(http, first + 20 * HALF, shop.service_id))["staff"][0]["rules"] == ["day-full"]
    assert await starts(http, first, shop.service_id) == set()
    assert await starts(http, first + timedelta(days=1), shop.service_id)


async def test_a_cap_that_is_lowered_counts_what_was_booked_before(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    await offer(context, small, caps=CapsPart(per_day=8))
    at = days_ahead(3)
    for number in range(3):
        assert (await book(http, tokens, small.service_id, at=at + number * HALF)).status_code == 201
    lower = small.service(version=3).model_copy(update={"caps": CapsPart(per_day=3)})
    async with context.uow.begin(small.vertical) as work:
        await usecases.remember_services(context, work, [event(lower)])
    assert (await why(http, at + 6 * HALF, small.service_id))["staff"][0]["rules"] == ["day-full"]
    assert (await book(http, tokens, small.service_id, at=at + 6 * HALF)).status_code == 409


async def test_a_clients_cap_is_of_a_day_and_counts_what_took_place(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop, clock: Databases
) -> None:
    await offer(context, small, caps=CapsPart(per_client_and_day=1))
    client, at = tokens.bearer(AccountId(new_id())), days_ahead(3)
    made = (await http.post(BOOKINGS, json=small.wish(at), headers=client)).json()
    again, other_day = (small.wish(at + later) for later in (HALF, timedelta(days=1)))
    refused = await http.post(BOOKINGS, json=again, headers=client)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:barberpro:problem:day-full")
    assert (await http.post(BOOKINGS, json=other_day, headers=client)).status_code == 201
    assert (await why(http, at + HALF, small.service_id))["free"]
    await come(clock, at + timedelta(minutes=1))
    owner = tokens.bearer(small.owner, "provider")
    assert (await http.post(f"{BOOKINGS}/{made['id']}/complete", headers=owner)).status_code == 200
    told = await why(http, at + HALF, small.service_id, headers=client)
    assert (told["free"], told["staff"][0]["rules"]) == (False, ["client-day-full"])


async def test_who_is_away_is_not_offered_until_it_is_called_off(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    at = days_ahead(3)
    await go_away(context, small, small.staff[0], at, at + 4 * HALF)
    refused = await book(http, tokens, small.service_id, at=at + HALF)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:barberpro:problem:slot-not-offered")
    owner = tokens.bearer(small.owner, "provider")
    assert (await why(http, at, small.service_id, headers=owner))["staff"][0]["rules"] == ["away"]
    await go_away(context, small, small.staff[0], at, at + 4 * HALF, active=False)
    assert (await book(http, tokens, small.service_id, at=at + HALF)).status_code == 201


async def test_strangers_are_not_told_whether_somebody_is_away_or_has_a_client(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop, at = await Shop(barbers=1, chairs=1, deposit=DepositPart()).open(context), days_ahead(3)
    await go_away(context, shop, shop.staff[0], at, at + HALF)
    assert (await book(http, tokens, shop.service_id, at=at + HALF)).status_code == 201
    insiders = (
        tokens.bearer(shop.owner, "provider"),
        tokens.bearer(shop.accounts[shop.staff[0]]),
        tokens.bearer(AccountId(new_id()), "operator:barber"),
    )
    for start, known in ((at, ["away"]), (at + HALF, ["busy", "chair-busy"])):
        for who, rules in [*((one, known) for one in insiders), (tokens.bearer(AccountId(new_id())), ["unavailable"])]:
            assert (await why(http, start, shop.service_id, headers=who))["staff"][0]["rules"] == rules
        assert (await why(http, start, shop.service_id))["staff"][0]["rules"] == ["unavailable"]


async def test_a_price_holds_from_its_day_on_and_is_shown_without_national_taxes(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, small: Shop
) -> None:
    later = PricePart(valid_from=days_ahead(4).astimezone(ZONE).date(), price=Amount(minor=1_210_000))
    await offer(context, small, prices=(later,), vat_bps=2_100)
    before = (await book(http, tokens, small.service_id, at=days_ahead(3))).json()
    after = (await book(http, tokens, small.service_id, at=days_ahead(4))).json()
    assert [before["price"], after["price"]] == [10_000, 12_100]
    span = {"from": before["localDate"], "to": after["localDate"]}
    shown = (await http.get(AVAILABILITY, params={"serviceId": str(small.service_id), **span})).json()
    assert [day["price"] for day in shown["days"]] == [10_000, 12_100]
    assert after["priceWithoutNationalTaxes"] == 10_000


async def test_whoever_has_least_of_the_day_for_their_weight_is_next(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=2, chairs=2, deposit=DepositPart()).open(context)
    first = days_ahead(3, time(9))
    served = [
        StaffId((await book(http, tokens, shop.service_id, at=first + number * HALF)).json()["staffId"])
        for number in range(8)
    ]
    assert sorted(Counter(served).values()) == [4, 4]


async def test_why_a_moment_cannot_be_booked_is_said_rule_by_rule(http: httpx.AsyncClient, small: Shop) -> None:
    at = days_ahead(3)
    assert (await why(http, at, small.service_id))["free"]
    assert (await why(http, at + timedelta(minutes=7), small.service_id))["staff"][0]["rules"] == ["not-a-step"]
    assert (await why(http, days_ahead(3, time(23)), small.service_id))["staff"][0]["rules"] == ["outside-hours"]
    assert (await why(http, days_ahead(0, time(0)), small.service_id))["rules"] == ["in-the-past"]
    assert (await why(http, datetime.now(UTC) + timedelta(days=60, hours=12), small.service_id))["rules"] == [
        "beyond-horizon"
    ]


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        (days_ahead(-2), "in-the-past"),
        (days_ahead(90), "beyond-horizon"),
        (datetime(1, 1, 1, tzinfo=UTC), "in-the-past"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "beyond-horizon"),
    ],
)
async def test_of_a_moment_that_is_out_of_reach_that_alone_is_said(
    http: httpx.AsyncClient, small: Shop, at: datetime, rule: str
) -> None:
    told = await why(http, at, small.service_id)
    assert (told["free"], told["rules"], told["staff"]) == (False, [rule], [])
