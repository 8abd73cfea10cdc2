"""The suite for both MercadoPagos goes on: payments made by us, by card and for cash, and installments."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from services.payments.tests.conftest import Sandbox
from services.payments.tests.fake import BIN
from services.payments.tests.worlds import World, an_offer, an_order

from common.money import Money
from contracts.ids import new_id
from payments.clients import Breaker, NotAcceptedError, RefusedError, SdkMercadoPago, UnansweredError
from payments.domain.charge import ChargeStatus
from payments.domain.installments import Rates
from payments.domain.method import Means, Payer
from payments.domain.switches import Method


async def test_a_card_by_its_token_is_decided_at_once(world: World) -> None:
    order = an_order(await world.card("APRO"), installments=3)
    paid = await world.port.create_payment(order, "pi:card:a1")
    assert (paid.status, paid.detail, paid.method) == (ChargeStatus.APPROVED, "accredited", "visa")
    assert (paid.external_reference, paid.amount) == (order.external_reference, Money(123_456))
    assert [each.id for each in await world.port.find_payments(order.external_reference)] == [paid.id]


@pytest.mark.parametrize(
    ("holder", "status", "detail"),
    [
        ("FUND", ChargeStatus.REJECTED, "cc_rejected_insufficient_amount"),
        ("CONT", ChargeStatus.IN_PROCESS, "pending_contingency"),
    ],
)
async def test_a_card_that_is_not_approved_is_a_payment_too(
    world: World, holder: str, status: ChargeStatus, detail: str
) -> None:
    made = await world.port.create_payment(an_order(await world.card(holder)), f"pi:{new_id()}:a1")
    assert (made.status, made.detail, made.ticket) == (status, detail, None)


async def test_the_same_key_makes_the_same_payment(world: World) -> None:
    order, key = an_order(await world.card("APRO")), f"pi:{new_id()}:a1"
    first, again = await world.port.create_payment(order, key), await world.port.create_payment(order, key)
    assert first.id == again.id
    assert len(await world.port.find_payments(order.external_reference)) == 1


async def test_what_is_wrong_with_a_card_or_its_payer_is_refused_by_code(world: World) -> None:
    used = await world.card("APRO")
    await world.port.create_payment(an_order(used), f"pi:{new_id()}:a1")
    orders = [
        an_order(used),
        an_order(await world.card("APRO"), installments=24),
        an_order(await world.card("APRO"), email="nobody"),
    ]
    codes = []
    for order in orders:
        with pytest.raises(RefusedError) as refused:
            await world.port.create_payment(order, f"pi:{new_id()}:a1")
        codes.append(refused.value.codes)
    assert codes == [{"3003"}, {"109"}, {"4050"}]


@pytest.mark.parametrize("method", [Method.RAPIPAGO, Method.PAGOFACIL])
async def test_cash_waits_with_a_ticket_and_can_be_cancelled(world: World, method: Method) -> None:
    means = Means(method, Payer("ana@ejemplo.com.ar", "DNI", "12345678"))
    order = replace(an_order("t"), means=means, expires_at=datetime.now(UTC) + timedelta(days=1, hours=1))
    made = await world.port.create_payment(order, f"pi:{new_id()}:a1")
    assert (made.status, made.detail, made.method) == (ChargeStatus.PENDING, "pending_waiting_payment", method.value)
    assert made.ticket is not None
    assert made.id in made.ticket.url
    assert made.ticket.code == made.id[-10:]
    assert (await world.port.cancel_payment(made.id)).status is ChargeStatus.CANCELLED


async def test_installments_say_what_they_cost(world: World) -> None:
    costs = await world.port.installments(Money(120_000), BIN, "visa", "310")
    assert [each.installments for each in costs] == [1, 3, 6, 9, 12]
    assert all(each.total == Money(each.each.minor * each.installments) for each in costs)
    once = costs[0]
    assert (once.total, once.rate, once.rates) == (Money(120_000), Decimal(0), Rates(Decimal(0), Decimal(0)))
    assert all(each.rates is not None and each.rates.cft > each.rates.tea > 0 for each in costs[1:])
    assert await world.port.installments(Money(120_000), "999999", None, None) == []


async def test_a_payment_whose_answer_never_comes_is_there_once(real: SdkMercadoPago, sandbox: Sandbox) -> None:
    order = an_order(await sandbox.card("APRO"))
    await sandbox.knobs(timeout_after_accept=1, max_faults=1)
    with pytest.raises(UnansweredError):
        await real.create_payment(order, "pi:lost:a1")
    (made,) = await real.find_payments(order.external_reference)
    assert (await real.create_payment(order, "pi:lost:a1")).id == made.id


async def test_while_mercadopago_makes_nothing_it_is_asked_now_and_then_alone(
    sandbox: Sandbox, sandbox_token: str
) -> None:
    now = [0.0]
    client = SdkMercadoPago(sandbox.url, sandbox_token, 1.0, Breaker(failures=2, clock=lambda: now[0]))
    await sandbox.knobs(error_rate=1, error_kind="500")
    for text in ("http-500", "http-500", "circuit-open"):
        with pytest.raises((UnansweredError, NotAcceptedError), match=text):
            await client.create_preference(an_offer(), f"pi:{new_id()}:a1")
    await sandbox.knobs()
    assert await client.find_payments("barber.x") == []
    now[0] = 10.0
    assert (await client.create_preference(an_offer(), f"pi:{new_id()}:a1")).id
    client.close()
