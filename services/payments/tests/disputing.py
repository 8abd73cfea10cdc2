"""Disputes for tests: MercadoPago tells of them, and what is then kept and booked."""

from datetime import UTC, datetime
from typing import Any, Final

from services.payments.tests.builders import Booked, Road, signed
from services.payments.tests.test_webhooks import PATH, look

from contracts.ids import PaymentId, new_id
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.dispute import DisputeId, Papers

PAID: Final = 150_000
DUE: Final = datetime(2031, 1, 15, 12, tzinfo=UTC)
WANTED: Final[dict[str, Any]] = {"wanted": True, "papers": Papers.PENDING, "deadline": DUE}


async def tell(road: Road, topic: str, resource_id: str) -> None:
    """MercadoPago notifies about something, and we look."""
    headers = signed(resource_id, str(new_id()))
    reply = await road.http.post(PATH, params={"data.id": resource_id, "type": topic}, json={}, headers=headers)
    assert reply.status_code == 200
    await look(road)


async def dispute(road: Road, dispute_id: str) -> dict[str, Any]:
    return dict(await road.row("SELECT * FROM dispute WHERE id = $1", dispute_id))


async def accounts(road: Road, payment_id: PaymentId) -> dict[str, int]:
    """Every account of a payment that is not at zero. They sum to zero."""
    rows = await road.rows(
        "SELECT p.account, sum(p.amount_minor) AS minor FROM ledger_posting p"
        " JOIN ledger_transaction t ON t.id = p.transaction_id"
        " WHERE t.intent_id = $1 GROUP BY 1 HAVING sum(p.amount_minor) <> 0",
        payment_id,
    )
    found = {row["account"]: int(row["minor"]) for row in rows}
    assert sum(found.values()) == 0
    return found


async def charged_back(road: Road, **shown: Any) -> tuple[Booked, PaymentId, ChargeId, DisputeId]:
    """A payment contested by the payer's bank, told by its chargeback."""
    booked, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    dispute_id = road.mercadopago.contest(charge_id, **shown)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    return booked, payment_id, charge_id, dispute_id
