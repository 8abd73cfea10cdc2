"""`/v1/payments` and `/v1/payment_methods`: create, read, cancel or capture, search."""

from fastapi import APIRouter, Depends, Request, Response

from sandbox import clock
from sandbox.mercadopago import cards, catalog, errors, ledger, lies, records, search, views, wishes
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.gate import Body, JsonObject, Key, answer, as_json, remember, replayed, require_token
from sandbox.world import Here, World

router = APIRouter(prefix="/v1", tags=["MercadoPago: payments"], dependencies=[Depends(require_token)])


@router.post("/payments", status_code=201)
async def create_payment(world: Here, key: Key, body: Body) -> Response:
    """Pay without Checkout Pro: a card by its token, cash and transfers by a coupon. `wishes` says what is refused."""
    known = replayed(world.store, "payment", key)
    if known is not None:
        return known
    now = clock.now_ms()
    wish = wishes.read(world.store, body, now)
    outcome = catalog.outcome_of(wish.order.method, wish.order.holder, binary=wish.binary, capture=wish.capture)
    with world.store.write():
        if wish.token is not None:
            cards.use(world.store, wish.token.id, now)
        change = ledger.open_payment(world, wish.order, outcome, now)
        text = as_json(views.full_json(world.store, change.payment, world.settings))
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
    return answer(200, as_json(lies.shown(world, must_find(world, payment_id))))


@router.put("/payments/{payment_id}")
async def update_payment(world: Here, payment_id: str, body: Body) -> Response:
    """`{"status": "cancelled"}` for an open payment, `{"capture": true}` for an authorized one; else 2018."""
    payment = must_find(world, payment_id)
    status, detail = _asked(body, payment.status)
    with world.store.write():
        change = ledger.settle(world, payment, status, clock.now_ms(), detail)
    await announce(world, change)
    return answer(200, as_json(views.full_json(world.store, change.payment, world.settings)))


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


def _asked(body: JsonObject, current: Status) -> tuple[Status, str | None]:
    if body.get("status") in {"cancelled", "canceled"}:
        return Status.CANCELLED, "by_collector"
    if body.get("capture") is True and current is Status.AUTHORIZED:
        return Status.APPROVED, None
    raise errors.bad_state(2018)
