"""`/v1/payments` and `/v1/payment_methods`: create, read, cancel or capture, search."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from sandbox import clock
from sandbox.mercadopago import catalog, errors, ledger, records, search
from sandbox.mercadopago.catalog import METHODS, Method, Status
from sandbox.mercadopago.gate import Body, JsonObject, Key, answer, as_json, remember, replayed, require_token
from sandbox.money import BadAmountError, to_minor
from sandbox.world import Here, World

router = APIRouter(prefix="/v1", tags=["MercadoPago: payments"], dependencies=[Depends(require_token)])


@router.post("/payments", status_code=201)
async def create_payment(world: Here, key: Key, body: Body) -> Response:
    """Pay without Checkout Pro. The holder's name is read from `token` ("APRO"...) or `payer.first_name`."""
    known = replayed(world.store, "payment", key)
    if known is not None:
        return known
    wish = _read(body)
    now = clock.now_ms()
    outcome = catalog.outcome_of(wish.order.method, wish.order.holder, binary=wish.binary, capture=wish.capture)
    with world.store.write():
        change = ledger.open_payment(world, wish.order, outcome, now)
        text = as_json(records.full_json(world.store, change.payment, world.settings))
        remember(world.store, "payment", key, 201, text)
    await announce(world, change)
    return answer(201, text)


@router.get("/payments/search")
async def search_payments(world: Here, request: Request) -> Response:
    """Filter by external_reference, status, and a range of dates; page with limit and offset."""
    return answer(200, as_json(search.run(world, dict(request.query_params), clock.now_ms())))


@router.get("/payments/{payment_id}")
async def get_payment(world: Here, payment_id: str) -> Response:
    """One payment with its refunds."""
    return answer(200, as_json(records.full_json(world.store, must_find(world, payment_id), world.settings)))


@router.put("/payments/{payment_id}")
async def update_payment(world: Here, payment_id: str, body: Body) -> Response:
    """`{"status": "cancelled"}` for an open payment, `{"capture": true}` for an authorized one; else 2018."""
    payment = must_find(world, payment_id)
    status, detail = _asked(body, payment.status)
    with world.store.write():
        change = ledger.settle(world, payment, status, clock.now_ms(), detail)
    await announce(world, change)
    return answer(200, as_json(records.full_json(world.store, change.payment, world.settings)))


@router.get("/payment_methods")
async def list_methods() -> Response:
    """The methods a payer in Argentina is offered."""
    return answer(200, as_json(catalog.listing()))


def must_find(world: World, payment_id: str) -> records.Payment:
    """The payment, or MercadoPago's 404."""
    payment = records.find(world.store, payment_id)
    if payment is None:
        raise errors.payment_not_found()
    return payment


async def announce(world: World, change: ledger.Change) -> None:
    """Let the notifications go; with the knob `webhook_before_response` the answer waits until they arrived."""
    world.courier.wake()
    if world.board.now.webhook_before_response:
        await world.courier.tried(change.deliveries)


@dataclass(frozen=True, slots=True)
class _Wish:
    order: ledger.Order
    binary: bool
    capture: bool


def _read(body: JsonObject) -> _Wish:
    payer = body.get("payer") if isinstance(body.get("payer"), dict) else {}
    url = body.get("notification_url")
    if url is not None and not str(url).startswith(("http://", "https://")):
        raise errors.bad_request("notificaction_url attribute must be url valid", 4020)
    method = _method(body)
    order = ledger.Order(
        amount=_amount(body, method),
        method=method,
        holder=holder_in(str(body.get("token", "")), str((payer or {}).get("first_name", ""))),
        installments=_installments(body.get("installments", 1)),
        external_reference=_text(body, "external_reference", 256),
        description=_text(body, "description", 256),
        notification_url=url,
        metadata=body["metadata"] if isinstance(body.get("metadata"), dict) else {},
    )
    return _Wish(order, body.get("binary_mode") is True, body.get("capture") is not False)


def holder_in(*places: str) -> str:
    """The first known holder's name any of the places begins with; APRO when there is none."""
    for place in places:
        name = place.strip().upper()[:4]
        if name in catalog.HOLDERS:
            return name
    return "APRO"


def _method(body: JsonObject) -> Method:
    name = body.get("payment_method_id")
    if name is None:
        raise errors.bad_request("payment_method_id attribute can't be null", 4019)
    if name not in METHODS:
        raise errors.bad_request("Invalid payment_method_id", 2049)
    return METHODS[str(name)]


def _amount(body: JsonObject, method: Method) -> int:
    if body.get("transaction_amount") is None:
        raise errors.bad_request("transaction_amount attribute can't be null", 4037)
    try:
        minor = to_minor(body["transaction_amount"])
    except BadAmountError as error:
        raise errors.bad_request("Invalid transaction_amount", 4037) from error
    if not method.min_minor <= minor <= method.max_minor:
        raise errors.bad_request("Invalid transaction_amount", 4037)
    return minor


def _installments(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36:
        raise errors.bad_request("Invalid installments", 3026)
    return value


def _text(body: JsonObject, name: str, longest: int) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise errors.bad_request(f"Invalid {name}", 1)
    return value


def _asked(body: JsonObject, current: Status) -> tuple[Status, str | None]:
    if body.get("status") in {"cancelled", "canceled"}:
        return Status.CANCELLED, "by_collector"
    if body.get("capture") is True and current is Status.AUTHORIZED:
        return Status.APPROVED, None
    raise errors.bad_state(2018)
