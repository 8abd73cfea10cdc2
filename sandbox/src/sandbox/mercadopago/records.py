"""A payment and its refunds as stored, and as MercadoPago's JSON shows them."""

import json
import sqlite3
from dataclasses import dataclass, replace

from sandbox import clock
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.gate import JsonObject
from sandbox.money import to_number
from sandbox.settings import Settings
from sandbox.store import Store

_ID_EPOCH_MS = 1_600_000_000_000
"""Ids count milliseconds from here: twelve digits that keep growing, also after the data were emptied."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. Amounts are centavos, `*_ms` are milliseconds since 1970, `version` counts its changes."""

    id: int
    preference_id: str | None
    external_reference: str | None
    status: Status
    status_detail: str
    amount: int
    refunded: int
    fee: int
    method: str
    method_type: str
    holder: str
    installments: int
    description: str | None
    notification_url: str | None
    metadata: str
    version: int
    created_ms: int
    updated_ms: int
    approved_ms: int | None
    expires_ms: int | None
    release_ms: int | None

    @property
    def remaining(self) -> int:
        """What can still be given back."""
        return self.amount - self.refunded

    @property
    def captured(self) -> int:
        """What the collector holds of it now, before fees: the figure the ledger is checked against."""
        return self.remaining if self.approved_ms is not None else 0


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for one payment, in centavos."""

    id: int
    payment_id: int
    amount: int
    idempotency_key: str
    created_ms: int


def next_id(store: Store, table: str, now: int) -> int:
    """A numeric id above all ids of the table."""
    last = store.count(f"SELECT max(id) FROM {table}")  # noqa: S608  names of our own tables
    return max(last + 1, now - _ID_EPOCH_MS)


def find(store: Store, payment_id: int | str) -> Payment | None:
    """The payment with this id; None for anything that is no id."""
    if not str(payment_id).isdecimal() or len(str(payment_id)) > 18:
        return None
    row = store.one("SELECT * FROM payment WHERE id = ?", (int(payment_id),))
    return None if row is None else from_row(row)


def from_row(row: sqlite3.Row) -> Payment:
    """A row of the payment table, whole."""
    fields = dict(row)
    fields["status"] = Status(fields["status"])
    return Payment(**fields)


def insert(store: Store, payment: Payment) -> None:
    """Write a new payment."""
    fields = Payment.__slots__
    marks = ", ".join(f":{name}" for name in fields)
    store.run(f"INSERT INTO payment ({', '.join(fields)}) VALUES ({marks})", _columns(payment))  # noqa: S608  our own fields


def change(
    store: Store, payment: Payment, now: int, status: Status, detail: str, refunded: int | None = None
) -> Payment:
    """Write the payment's next state; `date_last_updated` always moves forward."""
    changed = replace(
        payment,
        status=status,
        status_detail=detail,
        refunded=payment.refunded if refunded is None else refunded,
        version=payment.version + 1,
        updated_ms=max(now, payment.updated_ms + 1),
    )
    return save(store, changed)


def save(store: Store, payment: Payment) -> Payment:
    """Write what a payment's life can change."""
    store.run(
        "UPDATE payment SET status = :status, status_detail = :status_detail, refunded = :refunded, version = :version,"
        " updated_ms = :updated_ms, approved_ms = :approved_ms, release_ms = :release_ms WHERE id = :id",
        _columns(payment),
    )
    return payment


def refunds_of(store: Store, payment_id: int) -> list[Refund]:
    """Oldest first."""
    rows = store.all("SELECT * FROM refund WHERE payment_id = ? ORDER BY id", (payment_id,))
    return [Refund(**dict(row)) for row in rows]


def refund_json(refund: Refund, settings: Settings) -> JsonObject:
    """One refund as the refunds API shows it."""
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "amount": to_number(refund.amount),
        "metadata": {},
        "source": {"id": str(settings.collector_id), "name": "BarberPro", "type": "collector"},
        "date_created": clock.stamp(refund.created_ms),
        "unique_sequence_number": None,
        "refund_mode": "standard",
        "adjustment_amount": 0,
        "status": "approved",
        "reason": None,
        "labels": [],
        "partition_details": [],
    }


def payment_json(payment: Payment, refunds: list[Refund], settings: Settings, now: int) -> JsonObject:
    """The payment object of `GET /v1/payments/{id}`. Its payer is invented: no real person's data."""
    return {
        **_identity(payment, settings),
        **_state(payment, now),
        **_money(payment, settings),
        "refunds": [refund_json(refund, settings) for refund in refunds],
    }


def full_json(store: Store, payment: Payment, settings: Settings) -> JsonObject:
    """The payment object with its refunds looked up."""
    return payment_json(payment, refunds_of(store, payment.id), settings, clock.now_ms())


def _identity(payment: Payment, settings: Settings) -> JsonObject:
    card = payment.method_type.endswith("_card")
    return {
        "id": payment.id,
        "operation_type": "regular_payment",
        "issuer_id": None,
        "payment_method_id": payment.method,
        "payment_type_id": payment.method_type,
        "payment_method": {"id": payment.method, "type": payment.method_type},
        "currency_id": "ARS",
        "description": payment.description,
        "live_mode": False,
        "collector_id": settings.collector_id,
        "sponsor_id": None,
        "external_reference": payment.external_reference,
        "notification_url": payment.notification_url,
        "metadata": json.loads(payment.metadata),
        "payer": _payer(payment),
        "card": {"cardholder": {"name": payment.holder}, "last_four_digits": "3704"} if card else {},
        "additional_info": {},
        "order": {},
        "installments": payment.installments,
        "statement_descriptor": "BARBERPRO" if card else None,
        "processing_mode": "aggregator",
        "point_of_interaction": {"type": "CHECKOUT"} if payment.preference_id else {},
    }


def _payer(payment: Payment) -> JsonObject:
    number = payment.id % 100_000_000
    return {
        "type": "guest",
        "id": str(number),
        "email": f"test_user_{number}@testuser.com",
        "identification": {"type": "DNI", "number": "11111111"},
        "first_name": None,
        "last_name": None,
    }


def _state(payment: Payment, now: int) -> JsonObject:
    released = payment.release_ms is not None and payment.release_ms <= now
    return {
        "status": payment.status,
        "status_detail": payment.status_detail,
        "captured": payment.status is not Status.AUTHORIZED,
        "binary_mode": False,
        "date_created": clock.stamp(payment.created_ms),
        "date_approved": clock.stamp(payment.approved_ms),
        "date_last_updated": clock.stamp(payment.updated_ms),
        "date_of_expiration": clock.stamp(payment.expires_ms),
        "money_release_date": clock.stamp(payment.release_ms),
        "money_release_status": None if payment.release_ms is None else "released" if released else "pending",
    }


def _money(payment: Payment, settings: Settings) -> JsonObject:
    approved = payment.approved_ms is not None
    ticket = payment.method_type == "ticket"
    coupon = f"{settings.base_url}/checkout/v1/ticket?payment_id={payment.id}"
    fee = {"type": "mercadopago_fee", "amount": to_number(payment.fee), "fee_payer": "collector"}
    return {
        "transaction_amount": to_number(payment.amount),
        "transaction_amount_refunded": to_number(payment.refunded),
        "coupon_amount": 0,
        "shipping_amount": 0,
        "taxes_amount": 0,
        "fee_details": [fee] if approved else [],
        "charges_details": [],
        "transaction_details": {
            "net_received_amount": to_number(payment.amount - payment.fee) if approved else 0,
            "total_paid_amount": to_number(payment.amount),
            "overpaid_amount": 0,
            "installment_amount": to_number(round(payment.amount / payment.installments)),
            "external_resource_url": coupon if ticket else None,
            "payment_method_reference_id": str(payment.id)[-10:] if ticket else None,
            "financial_institution": None,
            "acquirer_reference": None,
        },
    }


def _columns(payment: Payment) -> dict[str, object]:
    return {name: getattr(payment, name) for name in Payment.__slots__}
