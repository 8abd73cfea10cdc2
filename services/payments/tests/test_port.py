"""One suite for both MercadoPagos: the SDK against the sandbox's real wire, and the one in memory."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from services.payments.tests.conftest import Sandbox
from services.payments.tests.fake import COLLECTOR
from services.payments.tests.worlds import World, an_offer

from common.money import Money
from contracts.ids import new_id
from payments.clients import (
    BrokenDownError,
    MissingError,
    NotAcceptedError,
    RefusedError,
    SdkMercadoPago,
    UnansweredError,
    connected,
)
from payments.clients.wire import codes_of, read_refund
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.dispute import DisputeId

NOBODY = ChargeId("1")


async def test_a_page_is_made_and_found_again(world: World) -> None:
    page, reference = await world.page()
    assert list(await world.port.find_preferences(reference)) == [page]
    assert (await world.port.preference(page)).id == page
    assert page in (await world.port.preference(page)).init_point


async def test_an_approved_payment_is_read_exactly(world: World) -> None:
    charge_id, reference = await world.paid()
    seen = await world.port.payment(charge_id)
    assert (seen.id, seen.external_reference, seen.collector_id) == (charge_id, reference, COLLECTOR)
    assert (seen.status, seen.detail, seen.method) == (ChargeStatus.APPROVED, "accredited", "visa")
    assert (seen.amount, seen.refunded, seen.refunds) == (Money(123_456), Money(0), ())
    assert seen.approved_at is not None
    # The one in memory runs ahead by a second with each test.
    assert abs(seen.updated_at - datetime.now(UTC)) < timedelta(minutes=30)


@pytest.mark.parametrize(
    ("holder", "status", "detail"),
    [
        ("FUND", ChargeStatus.REJECTED, "cc_rejected_insufficient_amount"),
        ("CONT", ChargeStatus.IN_PROCESS, "pending_contingency"),
    ],
)
async def test_other_outcomes_are_read_too(world: World, holder: str, status: ChargeStatus, detail: str) -> None:
    charge_id, _ = await world.paid(holder)
    seen = await world.port.payment(charge_id)
    assert (seen.status, seen.detail, seen.approved_at) == (status, detail, None)


async def test_payments_are_found_by_reference_oldest_first(world: World) -> None:
    page, reference = await world.page()
    made = [await world.pay(page, holder) for holder in ("FUND", "CONT", "APRO")]
    assert [seen.id for seen in await world.port.find_payments(reference)] == made
    assert list(await world.port.find_payments(f"barber.{new_id()}")) == []


async def test_a_closed_page_takes_no_payment(world: World) -> None:
    page, _ = await world.page()
    await world.port.close_preference(page)
    with pytest.raises(RefusedError, match="http-410"):
        await world.pay(page, "APRO")


async def test_a_page_is_closed_when_its_time_is_over(world: World) -> None:
    page, _ = await world.page(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(RefusedError, match="http-410"):
        await world.pay(page, "APRO")


async def test_an_undecided_payment_can_be_cancelled_and_a_decided_one_not(world: World) -> None:
    undecided, _ = await world.paid("CONT")
    assert (await world.port.cancel_payment(undecided)).status is ChargeStatus.CANCELLED
    decided, _ = await world.paid()
    with pytest.raises(RefusedError) as refused:
        await world.port.cancel_payment(decided)
    assert refused.value.codes == {"2018"}


async def test_refunds_in_parts_are_seen_on_the_payment(world: World) -> None:
    charge_id, _ = await world.paid()
    part = await world.port.refund(charge_id, Money(23_456), "rf:1")
    assert part is not None
    seen = await world.port.payment(charge_id)
    assert (seen.status, seen.refunded, [each.id for each in seen.refunds]) == (
        ChargeStatus.APPROVED,
        Money(23_456),
        [part.id],
    )
    await world.port.refund(charge_id, Money(100_000), "rf:2")
    seen = await world.port.payment(charge_id)
    assert (seen.status, seen.refunded) == (ChargeStatus.REFUNDED, Money(123_456))
    assert [each.amount for each in seen.refunds] == [Money(23_456), Money(100_000)]


async def test_the_same_key_gives_back_once(world: World) -> None:
    charge_id, _ = await world.paid()
    first = await world.port.refund(charge_id, Money(100), "rf:same")
    again = await world.port.refund(charge_id, Money(100), "rf:same")
    assert first == again
    assert (await world.port.payment(charge_id)).refunded == Money(100)


async def test_refusals_of_refunds_name_their_code(world: World) -> None:
    charge_id, _ = await world.paid()
    with pytest.raises(RefusedError) as too_much:
        await world.port.refund(charge_id, Money(123_457), "rf:1")
    await world.port.refund(charge_id, Money(123_456), "rf:2")
    with pytest.raises(RefusedError) as twice:
        await world.port.refund(charge_id, Money(123_456), "rf:3")
    declined, _ = await world.paid("FUND")
    with pytest.raises(RefusedError) as bad_state:
        await world.port.refund(declined, Money(1), "rf:4")
    assert [each.value.codes for each in (too_much, twice, bad_state)] == [{"4040"}, {"4296"}, {"2063"}]


async def test_what_is_not_there_is_missing(world: World) -> None:
    with pytest.raises(MissingError):
        await world.port.payment(NOBODY)
    with pytest.raises(MissingError):
        await world.port.preference("nobody")
    with pytest.raises(MissingError):
        await world.port.close_preference("nobody")
    with pytest.raises(MissingError):
        await world.port.refund(NOBODY, Money(1), "rf:5")
    for ask in (world.port.merchant_order, world.port.chargeback, world.port.claim):
        with pytest.raises(MissingError):
            await ask(DisputeId(NOBODY))


async def test_an_order_names_its_payments(world: World) -> None:
    page, _ = await world.page()
    made = [await world.pay(page, holder) for holder in ("FUND", "APRO")]
    assert list(await world.port.merchant_order(await world.order(page, made))) == made


@pytest.mark.parametrize(
    ("knobs", "error", "text"),
    [
        ({"error_kind": "500"}, BrokenDownError, "http-500"),
        ({"error_kind": "html"}, UnansweredError, "http-502"),
        ({"error_kind": "429", "retry_after_seconds": 9}, NotAcceptedError, "http-429"),
    ],
)
async def test_a_call_that_fails_says_whether_it_may_have_been_done(
    real: SdkMercadoPago, sandbox: Sandbox, knobs: dict[str, object], error: type[Exception], text: str
) -> None:
    await sandbox.knobs(error_rate=1, **knobs)
    with pytest.raises(error, match=text) as raised:
        await real.find_payments("barber.x")
    assert type(raised.value) is error
    if isinstance(raised.value, NotAcceptedError):
        assert raised.value.retry_after == 9


async def test_after_a_whole_answer_that_it_failed_a_search_tells_that_nothing_was_made(
    real: SdkMercadoPago, sandbox: Sandbox
) -> None:
    offer = an_offer()
    await sandbox.knobs(error_rate=1, error_kind="500", max_faults=1)
    with pytest.raises(BrokenDownError):
        await real.create_preference(offer, "pi:x:a1")
    assert list(await real.find_preferences(offer.external_reference)) == []


async def test_an_answer_that_never_comes_is_unknown_and_not_failed(real: SdkMercadoPago, sandbox: Sandbox) -> None:
    offer = an_offer()
    await sandbox.knobs(timeout_after_accept=1)
    with pytest.raises(UnansweredError):
        await real.create_preference(offer, "pi:x:a1")
    assert len(await real.find_preferences(offer.external_reference)) == 1


async def test_nobody_listening_is_a_certain_no() -> None:
    async with connected("http://127.0.0.1:9", "token", 1.0) as nobody:
        with pytest.raises(NotAcceptedError, match="connection-refused"):
            await nobody.payment(NOBODY)


async def test_a_cancelled_call_is_cancelled_even_when_its_turn_comes_at_that_moment() -> None:
    async with connected("http://127.0.0.1:9", "token", 1.0) as client:
        while not client._free.locked():
            await client._free.acquire()
        waiting = asyncio.create_task(client.payment(NOBODY))
        for _ in range(3):
            await asyncio.sleep(0)
        client._free.release()
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        (4296, {"4296"}),
        ("invalid_items", {"invalid_items"}),
        ("Juan Pérez, DNI 20.123.456", set()),
        ("9" * 21, set()),
        ("", set()),
        (None, set()),
    ],
)
def test_only_what_can_be_a_code_is_read_of_a_refusal(code: object, codes: set[str]) -> None:
    assert codes_of({"cause": [[{"code": code}]]}) == codes


@pytest.mark.parametrize(
    ("status", "done", "failed"),
    [("approved", True, False), ("in_process", False, False), ("rejected", False, True), ("canceled", False, True)],
)
def test_a_refund_is_done_failed_or_under_way(status: str, *, done: bool, failed: bool) -> None:
    seen = read_refund({"id": 1, "amount": 5, "status": status}, "ARS")
    assert (seen.done, seen.failed) == (done, failed)


async def test_a_token_that_is_not_ours_is_refused(sandbox: Sandbox) -> None:
    async with connected(sandbox.url, "TEST-other", 1.0) as stranger:
        with pytest.raises(RefusedError, match="http-401"):
            await stranger.payment(NOBODY)


async def test_a_repeated_refund_that_says_nothing_more_is_done(real: SdkMercadoPago, sandbox: Sandbox) -> None:
    page = await real.create_preference(an_offer(), "pi:y:a1")
    charge_id = ChargeId(str((await sandbox.pay(page.id)).json()["id"]))
    await sandbox.knobs(refund_dialect="measured")
    assert await real.refund(charge_id, Money(100), "rf:quiet") is not None
    assert await real.refund(charge_id, Money(100), "rf:quiet") is None
