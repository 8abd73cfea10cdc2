"""Payments and refunds as MercadoPago's JSON shows them."""

import json

from sandbox import clock
from sandbox.mercadopago import orders
from sandbox.mercadopago.catalog import WAITING_TYPES, Status
from sandbox.mercadopago.gate import JsonObject
from sandbox.mercadopago.records import Payment, Refund, refunds_of
from sandbox.money import to_number
from sandbox.settings import Settings
from sandbox.store import Store


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
    """The payment object with its refunds and its merchant order looked up."""
    shown = payment_json(payment, refunds_of(store, payment.id), settings, clock.now_ms())
    order = orders.find(store, payment.preference_id)
    return shown if order is None else {**shown, "order": {"id": str(order.id), "type": "mercadopago"}}


def _identity(payment: Payment, settings: Settings) -> JsonObject:
    return {
        "id": payment.id,
        "operation_type": "regular_payment",
        "issuer_id": payment.issuer_id,
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
        "card": _card(payment),
        "additional_info": {},
        "order": {},
        "installments": payment.installments,
        "statement_descriptor": "BARBERPRO" if payment.method_type.endswith("_card") else None,
        "processing_mode": "aggregator",
        "point_of_interaction": {"type": "CHECKOUT"} if payment.preference_id else {},
    }


def _card(payment: Payment) -> JsonObject:
    """What is known of the card: never its number, and of its holder only the name that decided."""
    if not payment.method_type.endswith("_card"):
        return {}
    known: JsonObject = json.loads(payment.card) if payment.card else {"last_four_digits": "3704"}
    holder = {"name": payment.holder, "identification": {"type": "DNI", "number": "11111111"}}
    dates = {"date_created": clock.stamp(payment.created_ms), "date_last_updated": clock.stamp(payment.created_ms)}
    return {"id": None, **known, **dates, "cardholder": holder}


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
    return {
        "transaction_amount": to_number(payment.amount),
        "transaction_amount_refunded": to_number(payment.refunded),
        "coupon_amount": 0,
        "shipping_amount": 0,
        "taxes_amount": 0,
        "fee_details": _fees(payment) if approved else [],
        "charges_details": [],
        "transaction_details": {
            "net_received_amount": to_number(payment.amount - payment.fee) if approved else 0,
            "total_paid_amount": to_number(payment.total_paid),
            "overpaid_amount": 0,
            "installment_amount": to_number(round(payment.total_paid / payment.installments)),
            "financial_institution": None,
            "acquirer_reference": None,
            **_elsewhere(payment, settings),
        },
    }


def _fees(payment: Payment) -> list[JsonObject]:
    fees = [{"type": "mercadopago_fee", "amount": to_number(payment.fee), "fee_payer": "collector"}]
    if payment.financing:
        fees.append({"type": "financing_fee", "amount": to_number(payment.financing), "fee_payer": "payer"})
    return fees


def _elsewhere(payment: Payment, settings: Settings) -> JsonObject:
    """Where a payment that waits is paid: the coupon's page, and the code the cashier asks for."""
    waits = payment.method_type in WAITING_TYPES
    page = f"{settings.base_url}/checkout/v1/ticket?payment_id={payment.id}"
    return {
        "external_resource_url": page if waits else None,
        "payment_method_reference_id": str(payment.id)[-10:] if waits else None,
    }
