"""MercadoPago's JSON, both ways. Amounts are decimal numbers there and centavos here."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from common.money import Money
from payments.clients.fields import as_instant as _instant
from payments.clients.fields import as_money as _money
from payments.clients.fields import as_object as _object
from payments.clients.fields import as_short as _short
from payments.clients.fields import as_text as _text
from payments.clients.port import Offer, Order, Preference, UnreadableError
from payments.domain.charge import ChargeId, ChargeStatus, RefundSeen, Snapshot
from payments.domain.installments import PayerCost, read_rates
from payments.domain.method import Means, Ticket

# Cash is asked for by itself (domain/slow.py): on the page its money would outlive the hold.
EXCLUDED_TYPES: Final = ("ticket", "atm")
STATEMENT_DESCRIPTOR: Final = "BARBERPRO"
_APPROVED: Final = "approved"
_FAILED: Final = frozenset({"rejected", "cancelled"})
_CODE: Final = re.compile(r"[0-9A-Za-z_-]{1,20}")
_LONGEST_URL: Final = 2000
_SPELLINGS: Final = {"canceled": "cancelled"}


def number(money: Money) -> int | float:
    """A JSON number of pesos: at most two decimals, which a double carries exactly as written."""
    return money.minor // 100 if money.minor % 100 == 0 else float(str(money.as_units()))


def stamp(at: datetime) -> str:
    """An instant as MercadoPago writes it: milliseconds and an offset."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def preference_body(offer: Offer) -> dict[str, Any]:
    """The hosted page as MercadoPago takes it."""
    item = {
        "title": offer.title,
        "quantity": 1,
        "unit_price": number(offer.amount),
        "currency_id": offer.amount.currency,
    }
    return {
        "items": [item],
        "external_reference": offer.external_reference,
        "notification_url": offer.notification_url,
        "back_urls": offer.back_urls,
        "expires": True,
        "expiration_date_to": stamp(offer.expires_at),
        "payment_methods": {"excluded_payment_types": [{"id": kind} for kind in EXCLUDED_TYPES]},
        "binary_mode": False,
        "statement_descriptor": STATEMENT_DESCRIPTOR,
    }


def order_body(order: Order) -> dict[str, Any]:
    """A payment made without the page, as MercadoPago takes it."""
    return {
        "transaction_amount": number(order.amount),
        "description": order.title,
        "external_reference": order.external_reference,
        "notification_url": order.notification_url,
        "binary_mode": False,
        "payment_method_id": order.means.method_id,
        "payer": _payer_body(order.means),
        **_card_body(order.means),
        **({"date_of_expiration": stamp(order.expires_at)} if order.expires_at is not None else {}),
    }


def _payer_body(means: Means) -> dict[str, Any]:
    payer = means.payer
    known = {"type": payer.id_type, "number": payer.id_number}
    return {"email": payer.email} | ({"identification": known} if payer.id_number is not None else {})


def _card_body(means: Means) -> dict[str, Any]:
    card = means.card
    if card is None:
        return {}
    issuer = {"issuer_id": card.issuer_id} if card.issuer_id is not None else {}
    told = {"token": card.token, "installments": card.installments}
    return told | issuer | {"statement_descriptor": STATEMENT_DESCRIPTOR}


def read_installments(body: object, currency: str) -> list[PayerCost]:
    """Every payer cost of every entry. UnreadableError for anything that is no list of installments."""
    try:
        entries = body if isinstance(body, list) else [body]
        return [_cost(each, currency) for entry in entries for each in _object(entry)["payer_costs"]]
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableError("installments") from error


def _cost(body: object, currency: str) -> PayerCost:
    known = _object(body)
    return PayerCost(
        installments=int(known["installments"]),
        each=_money(known["installment_amount"], currency),
        total=_money(known["total_amount"], currency),
        rate=Decimal(known["installment_rate"]),
        message=_short(known.get("recommended_message")),
        rates=read_rates([str(label) for label in known.get("labels") or ()]),
    )


def read_preference(body: object) -> Preference:
    """UnreadableError for anything that is no preference."""
    try:
        fields = _object(body)
        return Preference(_text(fields["id"]), _text(fields["init_point"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError("preference") from error


def read_preference_ids(body: object, external_reference: str) -> list[str]:
    """The ids in a search's reply."""
    try:
        found = [_object(each) for each in _object(body)["elements"] or ()]
        return [_text(each["id"]) for each in found if each.get("external_reference") == external_reference]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError("preference search") from error


def read_payments(body: object) -> tuple[list[Snapshot], int]:
    """One page of a search, and how many there are in all."""
    try:
        fields = _object(body)
        return [read_payment(each) for each in fields["results"]], int(fields["paging"]["total"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError("payment search") from error


def read_payment(body: object) -> Snapshot:
    """UnreadableError for anything that is no payment."""
    try:
        fields = _object(body)
        currency = _text(fields["currency_id"])
        status = str(fields["status"])
        return Snapshot(
            id=ChargeId(_text(fields["id"])),
            external_reference=fields.get("external_reference") or None,
            collector_id=_text(fields.get("collector_id") or _object(fields.get("collector")).get("id")),
            status=ChargeStatus(_SPELLINGS.get(status, status)),
            detail=_short(fields.get("status_detail")),
            amount=_money(fields["transaction_amount"], currency),
            refunded=_money(fields.get("transaction_amount_refunded") or 0, currency),
            method=_short(fields.get("payment_method_id")) or None,
            updated_at=_instant(fields.get("date_last_updated") or fields["date_created"]),
            fee=_kept_back(fields, "fee", currency),
            withheld=_kept_back(fields, "tax", currency),
            released=fields.get("money_release_status") == "released",
            approved_at=_instant(fields["date_approved"]) if fields.get("date_approved") else None,
            refunds=tuple(read_refund(each, currency) for each in fields.get("refunds") or ()),
            ticket=_ticket(fields),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableError("payment") from error


def read_refund(body: object, currency: str) -> RefundSeen:
    """UnreadableError for anything that is no refund."""
    try:
        fields = _object(body)
        told = str(fields.get("status", _APPROVED))
        status = _SPELLINGS.get(told, told)
        amount = _money(fields["amount"], currency)
        return RefundSeen(_text(fields["id"]), amount, done=status == _APPROVED, failed=status in _FAILED)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableError("refund") from error


def _ticket(fields: Mapping[str, Any]) -> Ticket | None:
    """Where a payment that waits is paid; the code stands in one place or in another. Never a reason to lose the rest.

    Card payments have such an address too, when their bank wants to ask something.
    """
    details = fields.get("transaction_details")
    url = details.get("external_resource_url") if isinstance(details, Mapping) else None
    if not isinstance(details, Mapping) or not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return None
    barcode = fields.get("barcode") or details.get("barcode")
    content = barcode.get("content") if isinstance(barcode, Mapping) else None
    code = _short(details.get("payment_method_reference_id") or content)
    return Ticket(url, code or None) if len(url) <= _LONGEST_URL else None


def _kept_back(fields: Mapping[str, Any], kind: str, currency: str) -> Money:
    """What MercadoPago keeps of the collector's side, less what it gave back of it.

    `charges_details` says both; replies without it have `fee_details`, which knows fees only and nothing given back.
    """
    total = Money.zero(currency)
    if details := fields.get("charges_details"):
        for each in (_object(one) for one in details):
            if each.get("type") == kind and _object(each.get("accounts") or {}).get("from") == "collector":
                amounts = _object(each["amounts"])
                total += _money(amounts["original"], currency) - _money(amounts.get("refunded") or 0, currency)
        return total
    for each in (_object(one) for one in fields.get("fee_details") or ()):
        if kind == "fee" and each.get("fee_payer") == "collector":
            total += _money(each["amount"], currency)
    return total


def codes_of(body: object) -> frozenset[str]:
    """The codes in a refusal: `cause` may be a list, a list in a list or one object, and a code a number or a text.

    They end in our logs and cases: what could be more than a code is left out.
    """
    return frozenset(_codes(body.get("cause"))) if isinstance(body, Mapping) else frozenset()


def _codes(cause: object) -> Iterator[str]:
    if isinstance(cause, Mapping):
        code = cause.get("code")
        if code is not None and _CODE.fullmatch(str(code)):
            yield str(code)
    elif isinstance(cause, list):
        for each in cause[:20]:
            yield from _codes(each)
