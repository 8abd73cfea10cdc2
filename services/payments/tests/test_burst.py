"""A burst of webhooks through the API into the worker's job: all acknowledged, all applied, nothing twice."""

from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest
from services.payments.tests.builders import signed
from services.payments.tests.burst import Burst, LateMercadoPago, Notification, in_turn

from payments.settings import WEBHOOK_PATH
from payments.usecases import PaymentsContext

_SENDERS = 16


@pytest.mark.parametrize("payments", [40, pytest.param(2_000, marks=[pytest.mark.deep, pytest.mark.timeout(1800)])])
async def test_a_burst_with_repetitions_and_disorder_is_applied_once(
    api: tuple[httpx.AsyncClient, PaymentsContext], payments: int
) -> None:
    http, context = api
    # Ids beside those of the other tests' payments.
    late = LateMercadoPago(tick=500_000_000)
    burst = Burst(replace(context, mercadopago=late), late)
    await burst.prepare(payments)

    async def one(charge_id: str, request_id: str) -> None:
        body = {"type": "payment", "action": "payment.updated", "data": {"id": charge_id}}
        query = {"data.id": charge_id, "type": "payment"}
        reply = await http.post(WEBHOOK_PATH, params=query, json=body, headers=signed(charge_id, request_id))
        assert reply.status_code == 200

    async def send(notifications: Sequence[Notification]) -> None:
        await in_turn(_SENDERS, (one(*each) for each in notifications))

    measured = await burst.run(send)
    assert measured.notifications == 5 * payments
    assert measured.asked < measured.notifications, "notifications about one payment are looked into together"
    await burst.check()
