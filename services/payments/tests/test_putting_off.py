"""What MercadoPago does not take now comes again when it wants it to, and not all at once."""

from datetime import date, timedelta

from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.disputing import charged_back, tell
from services.payments.tests.reporting import Desk
from services.payments.tests.test_documents import open_case
from services.payments.tests.test_searching import rewind
from services.payments.tests.test_webhooks import look, notify

from common.settings import SHARED
from contracts.ids import RefundId, new_id
from payments import usecases
from payments.clients import NotAcceptedError, UnansweredError
from payments.domain.backoff import again_in, spread
from payments.domain.charge import ChargeStatus

ASKED = 1_800
"""Seconds: longer than the wait of any job at its first try, and shorter than the hour between looks at disputes."""
LONGER = 3_000
SLACK = 5


def too_many(road: Road, seconds: int = ASKED) -> None:
    road.mercadopago.fail.append(NotAcceptedError("http-429", retry_after=seconds))


async def wait_of(road: Road, table: str, column: str, key: str, of: object, scope: str = SCOPE) -> float:
    query = f"SELECT {column} - app_now() AS wait FROM {table} WHERE {key} = $1"  # noqa: S608 - names of a test
    (row,) = await road.rows(query, of, scope=scope)
    return float(row["wait"].total_seconds())


def near(wait: float, expected: float) -> bool:
    return expected - SLACK < wait <= expected


def test_a_wait_is_as_long_as_it_was_asked_for_and_a_little_more_by_whose_it_is() -> None:
    first, longest, whose = timedelta(seconds=1), timedelta(minutes=5), new_id()
    assert again_in(3, first, longest, whose) == spread(timedelta(seconds=4), whose)
    asked = timedelta(minutes=10)
    assert again_in(3, first, longest, whose, asked) == spread(asked, whose) >= asked


async def test_a_closing_comes_again_when_mercadopago_wants_it(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    too_many(road)
    await usecases.close_due_payments(road.context, SCOPE)
    expected = spread(timedelta(seconds=ASKED), payment_id).total_seconds()
    assert near(await wait_of(road, "intent", "close_due_at", "id", payment_id), expected)


async def test_one_that_is_down_and_says_for_how_long_is_left_alone_too(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    road.mercadopago.fail.append(UnansweredError("http-503", retry_after=ASKED))
    await usecases.close_due_payments(road.context, SCOPE)
    expected = spread(timedelta(seconds=ASKED), payment_id).total_seconds()
    assert near(await wait_of(road, "intent", "close_due_at", "id", payment_id), expected)


async def test_a_refund_comes_again_when_mercadopago_wants_it(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    wanted = RefundId(new_id())
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    too_many(road)
    await usecases.make_due_refunds(road.context, SCOPE)
    expected = spread(timedelta(seconds=ASKED), wanted).total_seconds()
    assert near(await wait_of(road, "refund", "due_at", "id", wanted), expected)


async def test_a_notification_comes_again_when_mercadopago_wants_it(road: Road) -> None:
    charge_id = road.pay(await road.begin(await road.book()))
    await notify(road, charge_id)
    too_many(road)
    await look(road)
    (row,) = await road.rows("SELECT id FROM webhook WHERE resource_id = $1", charge_id, scope=SHARED)
    expected = spread(timedelta(seconds=ASKED), row["id"]).total_seconds()
    assert near(await wait_of(road, "webhook", "due_at", "id", row["id"], SHARED), expected)


async def test_a_look_at_a_payment_comes_again_when_mercadopago_wants_it(road: Road) -> None:
    open_one = await road.begin(await road.book())
    _, paid, _ = await road.paid()
    await road.shut(paid)
    for payment_id in (open_one, paid):
        too_many(road)
        await road.look_now(payment_id)
        expected = spread(timedelta(seconds=ASKED), payment_id).total_seconds()
        assert near(await wait_of(road, "intent", "look_due_at", "id", payment_id), expected)


async def test_the_search_comes_again_when_mercadopago_wants_it(road: Road) -> None:
    await rewind(road, timedelta(0))
    too_many(road)
    await usecases.search_changes(road.context, SHARED)
    assert near(await wait_of(road, "search_window", "due_at", "name", "payments", SHARED), ASKED)


async def test_a_report_comes_again_when_mercadopago_wants_it(road: Road) -> None:
    desk = await Desk(road, date(2019, 1, 1)).open()
    too_many(road)
    await desk.step()
    assert near(await wait_of(road, "report", "due_at", "day", desk.day, SHARED), ASKED)


async def test_documents_come_again_when_mercadopago_wants_them(road: Road) -> None:
    case = await open_case(road)
    await case.send()
    too_many(road)
    await case.work()
    assert near(await case.wait(), ASKED)


async def test_a_look_at_a_dispute_comes_no_sooner_than_mercadopago_wants_it(road: Road) -> None:
    _, _, _, dispute_id = await charged_back(road)
    await road.hurry("dispute", "look_due_at", dispute_id)
    too_many(road, 999_999)
    await usecases.look_at_disputes(road.context, SCOPE)
    # An hour at the most, whatever is asked: as long as it would be anyway.
    assert near(await wait_of(road, "dispute", "look_due_at", "id", dispute_id), 3_600)


async def test_a_chargeback_is_sought_again_when_mercadopago_wants_it(road: Road) -> None:
    _, _, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    await tell(road, "payment", charge_id)
    too_many(road, LONGER)
    await usecases.look_at_disputes(road.context, SCOPE)
    assert near(await wait_of(road, "dispute_search", "due_at", "charge_id", charge_id), LONGER)
