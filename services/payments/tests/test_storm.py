"""A bad hour: MercadoPago fails, falls silent, loses, repeats and shuffles; every payment ends right all the same."""

import asyncio
from random import Random

import pytest
from services.payments.tests.builders import SCOPE, Booked, drain
from services.payments.tests.conftest import Sandbox
from services.payments.tests.test_wire import Wire, wired

from common.settings import SHARED
from common.testing import Tokens, eventually
from contracts.booking import BookingCancelled, BookingStatus
from contracts.ids import PaymentId, RefundId, new_id
from payments import usecases
from payments.settings import Settings

HOLDERS: tuple[list[str], ...] = (["APRO"], ["FUND", "APRO"], ["APRO", "APRO"], ["CONT"], ["CONT", "APRO"], [])
ENDINGS = ("none", "hold due", "cancelled", "refund")
_HURRY = (
    (SHARED, "UPDATE webhook SET due_at = app_now() WHERE due_at IS NOT NULL"),
    (SCOPE, "UPDATE intent SET close_due_at = app_now() WHERE close_due_at IS NOT NULL"),
    (SCOPE, "UPDATE intent SET look_due_at = app_now() WHERE look_due_at IS NOT NULL"),
    (SCOPE, "UPDATE refund SET due_at = app_now() WHERE due_at IS NOT NULL"),
)


async def one_client(wire: Wire, number: int, ids: dict[PaymentId, str]) -> None:
    """Book, ask until there is a page, pay as often as this one does, and have it end in one of the ways."""
    booked = await wire.book()
    for _ in range(40):
        reply = await wire.ask(booked)
        if reply.status_code == 201:
            break
    made, payment_id = await wire.made(booked)
    ending = ENDINGS[number % len(ENDINGS)]
    ids[payment_id] = ending
    for holder in HOLDERS[number % len(HOLDERS)]:
        await wire.pay_page(made, holder)
    await end(wire, booked, payment_id, ending)


async def end(wire: Wire, booked: Booked, payment_id: PaymentId, ending: str) -> None:
    if ending == "hold due":
        await wire.hear_hold_due(booked, payment_id)
    elif ending == "cancelled":
        await wire.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))
    elif ending == "refund" and await wire.held(payment_id):
        await wire.hear_refund_due(booked, payment_id, 50_000, RefundId(new_id()))


async def worker(wire: Wire) -> None:
    while True:
        await usecases.look_into_webhooks(wire.context, SHARED)
        for job in (usecases.make_due_refunds, usecases.close_due_payments, usecases.look_at_payments):
            await job(wire.context, SCOPE)
        await asyncio.sleep(0.01)


async def settle(wire: Wire) -> None:
    """Everything that was put off is due now, until nothing is left to do."""
    for _ in range(6):
        for scope, query in _HURRY:
            async with wire.uow.begin(scope) as work:
                await work.connection.execute(query)
        await drain(usecases.look_at_payments, wire.context, SCOPE)
        await wire.work()


@pytest.mark.parametrize("seed", [11])
async def test_every_payment_ends_right(
    settings: Settings, tokens: Tokens, sandbox: Sandbox, sandbox_token: str, seed: int
) -> None:
    async with wired(settings, tokens, sandbox, sandbox_token) as wire:
        storm = {"duplicate": 3, "reorder": True, "reorder_window_ms": 100, "drop": 0.2, "forged": "both"}
        await sandbox.knobs(seed=seed, error_rate=0.1, timeout_after_accept=0.2, **storm)
        ids: dict[PaymentId, str] = {}
        order = list(range(12))
        Random(seed).shuffle(order)
        workers = [asyncio.create_task(worker(wire)) for _ in range(2)]
        for start in range(0, len(order), 6):
            await asyncio.gather(*(one_client(wire, number, ids) for number in order[start : start + 6]))
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await sandbox.knobs()
        quiet: bool = await eventually(lambda: sandbox.is_quiet(wire.context.notification_url))
        assert quiet
        await settle(wire)
        struck = (await sandbox.http.get("/sandbox/stats")).json()["faults"]
        assert all(struck[fault] > 0 for fault in ("error_rate", "timeout_after_accept", "drop"))
        for payment_id, ending in ids.items():
            await check(wire, payment_id, ending)


async def check(wire: Wire, payment_id: PaymentId, ending: str) -> None:
    """The ledger is what MercadoPago holds; at most one payment counts; nothing that ended is left open."""
    there = await wire.at_mercadopago(payment_id)
    net = sum(each["sandbox"]["captured_minor"] for each in there)
    assert await wire.held(payment_id) == net
    assert net in {0, 100_000, 150_000}
    intent = await wire.intent(payment_id)
    assert intent["captured_minor"] - intent["refunded_minor"] == net
    if ending in {"hold due", "cancelled"}:
        assert intent["status"] not in {"created", "awaiting_payer", "processing"}
        assert all(each["status"] not in {"pending", "in_process"} for each in there)
    facts = [fact for fact in await wire.facts(payment_id) if fact.topic == "payment.confirmed"]
    assert len({fact.captured.minor for fact in facts}) <= 1
    cases = await wire.rows("SELECT kind FROM reconciliation_case WHERE intent_id = $1", payment_id)
    assert cases == []
