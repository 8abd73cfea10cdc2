"""Another way to pay is named only where MercadoPago provably took nothing on: never for what may still come."""

from datetime import timedelta
from typing import Any, Final

import pytest
from services.payments.tests.builders import Booked, Road

from common.money import Money
from payments.clients import BrokenDownError, NotAcceptedError, UnansweredError
from payments.domain.charge import ChargeStatus

WEEKS: Final = timedelta(days=20)
SEARCHES: Final = {"checkout_pro": "find_preferences", "card": "find_payments", "rapipago": "find_payments"}
WAYS: Final = pytest.mark.parametrize("way", SEARCHES)


async def pay(road: Road, booked: Booked, way: str, **more: Any) -> tuple[int, list[str] | None]:
    """The client asks to pay so: the status, and what else it is told to try."""
    if way == "card":
        reply = await road.pay_by_card(booked, **more)
    else:
        reply = await (road.ask(booked) if way == "checkout_pro" else road.pay_with(booked, way))
    return reply.status_code, reply.json().get("otherMethods")


async def attempt_of(road: Road, booked: Booked) -> tuple[str, str | None]:
    row = await road.row("SELECT status, problem FROM attempt WHERE intent_id = $1", await road.id_of(booked))
    return row["status"], row["problem"]


def fail_again(road: Road, way: str) -> None:
    """MercadoPago searches, and breaks down when it is to make something."""

    async def fail() -> None:
        road.mercadopago.fail.append(BrokenDownError("http-503"))

    road.mercadopago.meanwhile["create_preference" if way == "checkout_pro" else "create_payment"] = fail


@WAYS
async def test_a_clean_failure_and_an_empty_search_name_the_other_ways(road: Road, way: str) -> None:
    booked = await road.book(ahead=WEEKS)
    road.mercadopago.fail.append(BrokenDownError("http-500"))
    status, others = await pay(road, booked, way)
    assert (status, others) == (503, [each for each in ("checkout_pro", "card") if each != way])
    assert road.mercadopago.asked[-1] == SEARCHES[way]
    assert await attempt_of(road, booked) == ("unknown", "http-500 nothing-made")


@WAYS
async def test_the_same_way_goes_on_under_its_own_key(road: Road, way: str) -> None:
    booked, token = await road.book(ahead=WEEKS), {"token": road.card_of()} if way == "card" else {}
    road.mercadopago.fail += [BrokenDownError("http-500")]
    await pay(road, booked, way, **token)
    assert (await pay(road, booked, way, **token))[0] == 201
    assert road.mercadopago.keys == [f"pi:{await road.id_of(booked)}:a1"] * 2


@WAYS
async def test_a_search_that_fails_proves_nothing(road: Road, way: str) -> None:
    for trouble in (UnansweredError("ReadTimeout"), BrokenDownError("http-500"), NotAcceptedError("http-429", 5)):
        booked = await road.book(ahead=WEEKS)
        road.mercadopago.fail += [BrokenDownError("http-500"), trouble]
        assert await pay(road, booked, way) == (503, None)
        assert await attempt_of(road, booked) == ("unknown", "http-500")


@WAYS
async def test_a_time_out_or_a_failure_of_whoever_stands_before_it_is_not_searched_for(road: Road, way: str) -> None:
    for trouble in (UnansweredError("ReadTimeout"), UnansweredError("http-502")):
        road.mercadopago.fail.append(trouble)
        assert await pay(road, await road.book(ahead=WEEKS), way) == (503, None)
        assert SEARCHES[way] not in road.mercadopago.asked


async def test_what_was_made_in_spite_of_the_failure_is_found_and_no_other_way_is_named(road: Road) -> None:
    booked, token = await road.book(), road.card_of()

    async def made() -> None:
        road.mercadopago.put(f"barber.{await road.id_of(booked)}", Money(booked.due))

    road.mercadopago.fail.append(BrokenDownError("http-500"))
    road.mercadopago.meanwhile["find_payments"] = made
    assert await pay(road, booked, "card", token=token) == (503, None)
    assert await pay(road, booked, "card", token=token) == (201, None)
    assert await road.status(await road.id_of(booked)) == "paid"
    assert road.mercadopago.asked.count("create_payment") == 1


@WAYS
async def test_an_earlier_try_in_doubt_leaves_it_in_doubt(road: Road, way: str) -> None:
    booked, token = await road.book(ahead=WEEKS), {"token": road.card_of()} if way == "card" else {}
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await pay(road, booked, way, **token)
    fail_again(road, way)
    assert await pay(road, booked, way, **token) == (503, None)


@WAYS
async def test_a_second_clean_failure_says_the_same(road: Road, way: str) -> None:
    booked, token = await road.book(ahead=WEEKS), {"token": road.card_of()} if way == "card" else {}
    road.mercadopago.fail.append(BrokenDownError("http-503"))
    first = await pay(road, booked, way, **token)
    fail_again(road, way)
    assert await pay(road, booked, way, **token) == first


async def test_what_comes_of_it_later_is_closed_before_another_way_is_begun(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.fail.append(BrokenDownError("http-500"))
    await pay(road, booked, "card", holder="CONT")
    first = await road.id_of(booked)
    late = road.mercadopago.put(f"barber.{first}", Money(booked.due), "CONT")
    assert (await pay(road, booked, "checkout_pro"))[0] == 409
    await road.close_now()
    assert (await road.status(first), road.mercadopago.charges[late].status) == ("cancelled", ChargeStatus.CANCELLED)
    assert (await pay(road, booked, "checkout_pro"))[0] == 201
