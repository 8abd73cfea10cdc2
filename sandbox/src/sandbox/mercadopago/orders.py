"""`/merchant_orders`: the order that MercadoPago opens for a preference when somebody first pays it."""

import sqlite3
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from sandbox import clock
from sandbox.mercadopago import errors, preferences, records
from sandbox.mercadopago.catalog import OPEN
from sandbox.mercadopago.gate import JsonObject, answer, as_json, require_token
from sandbox.mercadopago.notices import Notice
from sandbox.mercadopago.records import Payment
from sandbox.money import to_number
from sandbox.store import Store
from sandbox.world import Here, World

router = APIRouter(
    prefix="/merchant_orders", tags=["MercadoPago: merchant orders"], dependencies=[Depends(require_token)]
)

TOPIC = "topic_merchant_order_wh"

_CONSTANT: JsonObject = {
    "shipments": [],
    "payouts": [],
    "sponsor_id": None,
    "shipping_cost": 0,
    "site_id": "MLA",
    "payer": {"id": None, "email": ""},
    "cancelled": False,
    "additional_info": "",
    "application_id": None,
    "is_test": True,
}


@dataclass(frozen=True, slots=True)
class Order:
    """One preference's order; its payments are looked up."""

    id: int
    preference_id: str
    created_ms: int
    updated_ms: int


@router.get("/search")
async def search_orders(world: Here, request: Request) -> Response:
    """By `preference_id` or `external_reference`: `{"elements", "next_offset", "total"}`."""
    query = request.query_params
    rows = world.store.all(
        "SELECT o.* FROM merchant_order o JOIN preference p ON p.id = o.preference_id"
        " WHERE (:preference IS NULL OR p.id = :preference)"
        " AND (:reference IS NULL OR p.external_reference = :reference) ORDER BY o.id DESC LIMIT 100",
        {"preference": query.get("preference_id"), "reference": query.get("external_reference")},
    )
    found = [order_json(world, _from_row(row)) for row in rows]
    return answer(200, as_json({"elements": found, "next_offset": len(found), "total": len(found)}))


@router.get("/{order_id}")
async def get_order(world: Here, order_id: str) -> Response:
    """One order with the payments of its preference."""
    if not order_id.isdecimal() or len(order_id) > 18:
        raise errors.order_not_found()
    row = world.store.one("SELECT * FROM merchant_order WHERE id = ?", (int(order_id),))
    if row is None:
        raise errors.order_not_found()
    return answer(200, as_json(order_json(world, _from_row(row))))


def touch(world: World, payment: Payment, now: int) -> Notice | None:
    """Open or bring forward the order a payment belongs to, in the caller's transaction; what to tell about it.

    Nothing is told unless the knob `merchant_order_webhooks` is on, as the topic is chosen in MercadoPago's panel.
    """
    if payment.preference_id is None:
        return None
    known = find(world.store, payment.preference_id)
    number = known.id if known is not None else records.next_id(world.store, "merchant_order", now)
    world.store.run(
        "INSERT INTO merchant_order (id, preference_id, created_ms, updated_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (preference_id) DO UPDATE SET updated_ms = max(excluded.updated_ms, updated_ms + 1)",
        (number, payment.preference_id, now, now),
    )
    url = payment.notification_url or world.settings.webhook_url
    if not url or not world.board.now.merchant_order_webhooks:
        return None
    return Notice(str(number), TOPIC, "create" if known is None else "update", url)


def find(store: Store, preference_id: str | None) -> Order | None:
    """The order of a preference, if somebody has tried to pay it."""
    row = store.one("SELECT * FROM merchant_order WHERE preference_id = ?", (preference_id,))
    return None if row is None else _from_row(row)


def order_json(world: World, order: Order) -> JsonObject:
    """`closed` once approved payments cover the total, `opened` before."""
    preference = preferences.must_find(world.store, order.preference_id)
    rows = world.store.all("SELECT * FROM payment WHERE preference_id = ? ORDER BY id", (order.preference_id,))
    payments = [records.from_row(row) for row in rows]
    paid = sum(each.amount for each in payments if each.approved_ms is not None)
    refunded = sum(each.refunded for each in payments)
    return {
        "id": order.id,
        "status": "closed" if paid >= preference.amount else "opened",
        "external_reference": preference.body.get("external_reference"),
        "preference_id": order.preference_id,
        **_CONSTANT,
        "payments": [_payment_json(each) for each in payments],
        "collector": {"id": world.settings.collector_id, "email": "", "nickname": "BARBERPRO"},
        "marketplace": preference.body.get("marketplace") or "NONE",
        "notification_url": preference.body.get("notification_url"),
        "date_created": clock.stamp(order.created_ms),
        "last_updated": clock.stamp(order.updated_ms),
        "total_amount": to_number(preference.amount),
        "paid_amount": to_number(paid),
        "refunded_amount": to_number(refunded),
        "items": preference.body["items"],
        "order_status": _order_status(payments, paid, refunded, preference.amount),
    }


def _order_status(payments: list[Payment], paid: int, refunded: int, total: int) -> str:
    """MercadoPago's own words for how far the order is paid."""
    if refunded:
        return "reverted" if refunded >= paid else "partially_reverted"
    if paid >= total:
        return "paid"
    if paid:
        return "partially_paid"
    return "payment_in_process" if any(each.status in OPEN for each in payments) else "payment_required"


def _payment_json(payment: Payment) -> JsonObject:
    return {
        "id": payment.id,
        "transaction_amount": to_number(payment.amount),
        "total_paid_amount": to_number(payment.total_paid),
        "shipping_cost": 0,
        "currency_id": "ARS",
        "status": payment.status,
        "status_detail": payment.status_detail,
        "operation_type": "regular_payment",
        "date_approved": clock.stamp(payment.approved_ms),
        "date_created": clock.stamp(payment.created_ms),
        "last_modified": clock.stamp(payment.updated_ms),
        "amount_refunded": to_number(payment.refunded),
    }


def _from_row(row: sqlite3.Row) -> Order:
    return Order(row["id"], row["preference_id"], row["created_ms"], row["updated_ms"])
