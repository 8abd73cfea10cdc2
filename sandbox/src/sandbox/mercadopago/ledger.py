"""The only place that creates a payment or moves it on; each change queues its notifications in the same transaction.

Every function here runs inside the caller's `store.write()`.
"""

import json
from dataclasses import dataclass, replace

from sandbox import clock
from sandbox.mercadopago import errors, notices, orders, records
from sandbox.mercadopago.catalog import OPEN, Method, Outcome, Status
from sandbox.mercadopago.gate import JsonObject
from sandbox.mercadopago.records import Payment, Refund
from sandbox.money import fee_of
from sandbox.world import World

REFUNDABLE_MS = 180 * clock.DAY_MS

DETAILS = {
    Status.APPROVED: "accredited",
    Status.REJECTED: "cc_rejected_other_reason",
    Status.CANCELLED: "expired",
}
"""What a payment that was open may become from outside, with its status_detail."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody pays for, and how. Amounts are in centavos; `financing` comes on top, from the payer."""

    amount: int
    method: Method
    holder: str
    installments: int
    external_reference: str | None
    description: str | None
    notification_url: str | None
    metadata: JsonObject
    preference_id: str | None = None
    expires_ms: int | None = None
    issuer_id: str | None = None
    card: JsonObject | None = None
    financing: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A payment as it stands now, and the deliveries about it that are on their way."""

    payment: Payment
    deliveries: list[int]


def open_payment(world: World, order: Order, outcome: Outcome, now: int) -> Change:
    """Record an attempt to pay with the outcome it has at once."""
    approved = outcome.status is Status.APPROVED
    payment = Payment(
        id=records.next_id(world.store, "payment", now),
        preference_id=order.preference_id,
        external_reference=order.external_reference,
        status=outcome.status,
        status_detail=outcome.detail,
        amount=order.amount,
        refunded=0,
        fee=fee_of(order.amount, world.settings.fee_bps),
        method=order.method.id,
        method_type=order.method.type,
        holder=order.holder,
        installments=order.installments,
        description=order.description,
        notification_url=order.notification_url,
        metadata=json.dumps(order.metadata, default=str),
        version=1,
        created_ms=now,
        updated_ms=now,
        approved_ms=now if approved else None,
        expires_ms=_expiry(world, order, outcome, now),
        release_ms=_release(world, now) if approved else None,
        issuer_id=order.issuer_id,
        card=None if order.card is None else json.dumps(order.card),
        financing=order.financing,
    )
    records.insert(world.store, payment)
    return Change(payment, _tell(world, payment, notices.CREATED, now))


def settle(world: World, payment: Payment, status: Status, now: int, detail: str | None = None) -> Change:
    """Decide an open payment. Raises MercadoPagoError 2018 when it is decided already.

    What is paid in cash after its time stays cancelled: the money goes to the payer's own account.
    """
    if payment.status not in OPEN or status not in DETAILS:
        raise errors.bad_state(2018)
    if status is Status.APPROVED and payment.expires_ms is not None and payment.expires_ms <= now:
        status, detail = Status.CANCELLED, None
    changed = records.change(world.store, payment, now, status, detail or DETAILS[status])
    if status is Status.APPROVED:
        changed = records.save(
            world.store, replace(changed, approved_ms=changed.updated_ms, release_ms=_release(world, now))
        )
    return Change(changed, _tell(world, changed, notices.UPDATED, now))


def refund(
    world: World, payment: Payment, amount: int, key: str, now: int, detail_of_all: str = "refunded"
) -> tuple[Refund, Change]:
    """Give `amount` centavos back; the caller has judged that it may."""
    made = Refund(records.next_id(world.store, "refund", now), payment.id, amount, key, now)
    world.store.run(
        "INSERT INTO refund (id, payment_id, amount, idempotency_key, created_ms) VALUES (?, ?, ?, ?, ?)",
        (made.id, made.payment_id, made.amount, made.idempotency_key, made.created_ms),
    )
    whole = amount == payment.remaining
    status, detail = (Status.REFUNDED, detail_of_all) if whole else (Status.APPROVED, "partially_refunded")
    changed = records.change(world.store, payment, now, status, detail, payment.refunded + amount)
    return made, Change(changed, _tell(world, changed, notices.UPDATED, now))


def move(world: World, payment: Payment, status: Status, detail: str, now: int) -> Change:
    """Take a payment into a dispute, through it or out of it; the caller has judged that it may."""
    changed = records.change(world.store, payment, now, status, detail)
    return Change(changed, _tell(world, changed, notices.UPDATED, now))


def release(world: World, payment: Payment, now: int) -> Change:
    """Make the money of an approved payment available before its time."""
    changed = records.change(world.store, payment, now, payment.status, payment.status_detail)
    changed = records.save(world.store, replace(changed, release_ms=min(now, payment.release_ms or now)))
    return Change(changed, _tell(world, changed, notices.UPDATED, now))


def expire_overdue(world: World, now: int, limit: int = 100) -> int:
    """Cancel tickets and transfers nobody paid in time; how many."""
    rows = world.store.all(
        "SELECT * FROM payment WHERE status = 'pending' AND expires_ms <= ? ORDER BY expires_ms LIMIT ?", (now, limit)
    )
    for row in rows:
        settle(world, records.from_row(row), Status.CANCELLED, now)
    return len(rows)


def _expiry(world: World, order: Order, outcome: Outcome, now: int) -> int | None:
    if outcome.status is not Status.PENDING:
        return None
    return order.expires_ms or now + world.settings.ticket_days * clock.DAY_MS


def _release(world: World, now: int) -> int:
    return now + world.settings.release_days * clock.DAY_MS


def _tell(world: World, payment: Payment, action: str, now: int) -> list[int]:
    told: list[int] = []
    for notice in (notices.about(payment, action, world.settings), orders.touch(world, payment, now)):
        told += notices.enqueue(world.store, world.board, world.settings, notice, now)
    return told
