"""What the body of `POST /v1/payments` asks for, judged as MercadoPago judges it."""

import re
from dataclasses import dataclass

from sandbox import clock
from sandbox.mercadopago import cards, errors
from sandbox.mercadopago.cards import CardToken
from sandbox.mercadopago.catalog import METHODS, WAITING_TYPES, Method, holder_in
from sandbox.mercadopago.gate import JsonObject
from sandbox.mercadopago.installments import Plan, plan_for
from sandbox.mercadopago.ledger import Order
from sandbox.money import BadAmountError, to_minor
from sandbox.store import Store

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_LONGEST_EMAIL = 254
_EXPIRY_DAYS = (1, 30)


@dataclass(frozen=True, slots=True)
class Wish:
    """A payment somebody wants; `token` is the card token to spend, None for other methods."""

    order: Order
    token: CardToken | None
    binary: bool
    capture: bool


def read(store: Store, body: JsonObject, now: int) -> Wish:
    """The wish. Raises MercadoPagoError 400 with the documented code for what it would refuse."""
    payer = body.get("payer") if isinstance(body.get("payer"), dict) else {}
    _check_addresses(body, str((payer or {}).get("email") or ""))
    method = _method(body)
    amount = _amount(body, method)
    token = _token(store, body, method, now)
    plan = _plan(body, method, amount)
    order = Order(
        amount=amount,
        method=method,
        holder=token.holder if token is not None else holder_in(str((payer or {}).get("first_name", ""))),
        installments=plan.count,
        external_reference=_text(body, "external_reference", 256),
        description=_text(body, "description", 256),
        notification_url=body.get("notification_url"),
        metadata=body["metadata"] if isinstance(body.get("metadata"), dict) else {},
        expires_ms=_expiry(body, method, now),
        issuer_id=None if token is None else token.issuer_id,
        card=None if token is None else token.face(),
        financing=plan.total - amount,
    )
    return Wish(order, token, body.get("binary_mode") is True, body.get("capture") is not False)


def _check_addresses(body: JsonObject, email: str) -> None:
    url = body.get("notification_url")
    if url is not None and not str(url).startswith(("http://", "https://")):
        raise errors.bad_request("notificaction_url attribute must be url valid", 4020)
    if not _EMAIL.match(email):
        raise errors.bad_request("payer.email must be a valid email", 4050)
    if len(email) > _LONGEST_EMAIL:
        raise errors.bad_request("payer.email must be shorter than 254 characters", 4051)


def _method(body: JsonObject) -> Method:
    name = body.get("payment_method_id")
    if name is None:
        raise errors.bad_request("payment_method_id attribute can't be null", 4001)
    if name not in METHODS:
        raise errors.bad_request("Invalid payment_method_id", 3028)
    return METHODS[str(name)]


def _amount(body: JsonObject, method: Method) -> int:
    if body.get("transaction_amount") is None:
        raise errors.bad_request("transaction_amount attribute can't be null", 4002)
    if isinstance(body["transaction_amount"], str):
        raise errors.bad_request("transaction_amount attribute must be numeric", 4003)
    try:
        minor = to_minor(body["transaction_amount"])
    except BadAmountError as error:
        raise errors.bad_request("Invalid transaction_amount", 4037) from error
    if not method.min_minor <= minor <= method.max_minor:
        raise errors.bad_request("Invalid transaction_amount", 4037)
    return minor


def _token(store: Store, body: JsonObject, method: Method, now: int) -> CardToken | None:
    """The card to pay with: 2006 or 3003 for its token, 10103 when the method or the issuer is another card's."""
    if not method.is_card:
        return None
    token = cards.must_find_usable(store, str(body.get("token") or ""), now)
    issuer = body.get("issuer_id")
    if token.method != method.id or (issuer is not None and str(issuer) != token.issuer_id):
        raise errors.bad_request("diff_param_bins", 10103)
    return token


def _plan(body: JsonObject, method: Method, amount: int) -> Plan:
    count = body.get("installments", None if method.is_card else 1)
    if count is None:
        raise errors.bad_request("installments attribute can't be null", 4004)
    if isinstance(count, bool) or not isinstance(count, int):
        raise errors.bad_request("installments attribute must be numeric", 4005)
    plan = plan_for(method, amount, count)
    if plan is None:
        raise errors.bad_request("Invalid number of shares for this payment_method_id", 109)
    return plan


def _expiry(body: JsonObject, method: Method, now: int) -> int | None:
    """Until when it may be paid elsewhere: a day to thirty days from now."""
    text = body.get("date_of_expiration")
    if text is None or method.type not in WAITING_TYPES:
        return None
    try:
        at = clock.parse_instant(str(text))
    except clock.BadInstantError as error:
        form = "The following parameters must be valid date and format (yyyy-MM-dd'T'HH:mm:ssz) date_of_expiration"
        raise errors.bad_request(form, 23) from error
    least, most = (days * clock.DAY_MS for days in _EXPIRY_DAYS)
    # A caller that says "in one day" has said it a moment ago.
    if not least - 60_000 <= at - now <= most + 60_000:
        raise errors.bad_request("date_of_expiration must be between 1 and 30 days from now", 1)
    return at


def _text(body: JsonObject, name: str, longest: int) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise errors.bad_request(f"Invalid {name}", 1)
    return value
