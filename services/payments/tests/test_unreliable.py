"""One call in twenty fails and one in twenty is never answered: every payment ends right, and none twice."""

import asyncio
from collections import Counter

import pytest
from services.payments.tests.conftest import Sandbox
from services.payments.tests.test_storm import settle, worker
from services.payments.tests.test_wire import Wire, wired

from common.testing import Tokens, eventually
from contracts.ids import PaymentId, RefundId, new_id
from payments.settings import Settings

_DUE = 150_000
_BACK = {0: 0, 1: 0, 2: _DUE, 3: 50_000}
"""What goes back of each fourth payment."""
_AT_ONCE = 6


@pytest.mark.parametrize("payments", [18, pytest.param(300, marks=[pytest.mark.deep, pytest.mark.timeout(1800)])])
async def test_payments_through_an_unreliable_mercadopago(
    settings: Settings, tokens: Tokens, sandbox: Sandbox, sandbox_token: str, payments: int
) -> None:
    async with wired(settings, tokens, sandbox, sandbox_token) as wire:
        before = await strikes(sandbox)
        await sandbox.knobs(seed=5, error_rate=0.05, error_kind="500", timeout_after_accept=0.05)
        workers = [asyncio.create_task(worker(wire)) for _ in range(2)]
        back: dict[PaymentId, int] = {}
        for start in range(0, payments, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, payments))
            back |= dict(await asyncio.gather(*(one_payment(wire, number) for number in numbers)))
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await sandbox.knobs()
        quiet: bool = await eventually(lambda: sandbox.is_quiet(wire.context.notification_url), 60)
        assert quiet
        await settle(wire)
        after = await strikes(sandbox)
        assert all(after[fault] > before[fault] for fault in ("error_rate", "timeout_after_accept"))
        for payment_id, minor in back.items():
            await ends_right(wire, payment_id, minor)


async def strikes(sandbox: Sandbox) -> Counter[str]:
    """How often which fault struck since the sandbox began."""
    return Counter((await sandbox.http.get("/sandbox/stats")).json()["faults"])


async def one_payment(wire: Wire, number: int) -> tuple[PaymentId, int]:
    """Begun as often as it takes, paid once, and given back in whole, in part or not at all."""
    booked = await wire.book(due=_DUE)
    reply = await wire.ask(booked)
    for _ in range(40):
        if reply.status_code == 201:
            break
        reply = await wire.ask(booked)
    made, payment_id = await wire.made(booked)
    await wire.pay_page(made)
    back = _BACK[number % len(_BACK)]

    async def is_paid() -> bool:
        return await wire.held(payment_id) == _DUE

    if back:
        paid: bool = await eventually(is_paid, 30)
        assert paid
        await wire.hear_refund_due(booked, payment_id, back, RefundId(new_id()))
    return payment_id, back


async def ends_right(wire: Wire, payment_id: PaymentId, back: int) -> None:
    """One page that counts, one capture, one refund; the ledger and the sandbox's own records tell the same."""
    (there,) = await wire.at_mercadopago(payment_id)
    assert (there["sandbox"]["captured_minor"], len(there["refunds"])) == (_DUE - back, 1 if back else 0)
    assert await wire.held(payment_id) == _DUE - back
    entries = await wire.rows(
        "SELECT t.kind, t.reference, sum(p.amount_minor) AS total, -sum(p.amount_minor) FILTER"
        " (WHERE p.account = 'booking_held') AS held FROM ledger_transaction t"
        " JOIN ledger_posting p ON p.transaction_id = t.id WHERE t.intent_id = $1 GROUP BY t.id ORDER BY t.id",
        payment_id,
    )
    assert all(row["total"] == 0 for row in entries)
    moved = [(row["kind"], row["held"]) for row in entries if row["kind"] in {"capture", "refund"}]
    assert moved == [("capture", _DUE), *([("refund", -back)] if back else [])]
    told = await wire.told(payment_id)
    assert (told.count("payment.confirmed"), told.count("payment.refunded")) == (1, 1 if back else 0)
    assert await wire.rows("SELECT kind FROM reconciliation_case WHERE intent_id = $1", payment_id) == []
