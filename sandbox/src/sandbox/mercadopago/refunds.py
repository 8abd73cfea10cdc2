"""`/v1/payments/{id}/refunds`: give back the whole or a part, within 180 days, once per idempotency key."""

from fastapi import APIRouter, Depends, Response

from sandbox import clock
from sandbox.mercadopago import errors, ledger, records, views
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.gate import Body, JsonObject, Key, answer, as_json, remember, replayed, require_token
from sandbox.mercadopago.payments import announce, must_find
from sandbox.mercadopago.records import Payment
from sandbox.money import BadAmountError, to_minor
from sandbox.world import Here, World

router = APIRouter(prefix="/v1/payments", tags=["MercadoPago: refunds"], dependencies=[Depends(require_token)])


@router.post("/{payment_id}/refunds", status_code=201)
async def create_refund(world: Here, payment_id: str, key: Key, body: Body) -> Response:
    """An empty body gives back what is left, `{"amount": 12.5}` a part of it."""
    payment = must_find(world, payment_id)
    scope = f"refund:{payment.id}"
    known = replayed(world.store, scope, key)
    if known is not None:
        # A live account answered a repeated key with 200 and no body at all.
        return Response(status_code=200) if _measured(world) else known
    now = clock.now_ms()
    amount = _judge(world, payment, body, now)
    with world.store.write():
        made, change = ledger.refund(world, payment, amount, key, now)
        text = as_json(views.refund_json(made, world.settings))
        remember(world.store, scope, key, 201, text)
    await announce(world, change)
    return answer(201, text)


@router.get("/{payment_id}/refunds")
async def list_refunds(world: Here, payment_id: str) -> Response:
    """Oldest first."""
    refunds = records.refunds_of(world.store, must_find(world, payment_id).id)
    return answer(200, as_json([views.refund_json(each, world.settings) for each in refunds]))


@router.get("/{payment_id}/refunds/{refund_id}")
async def get_refund(world: Here, payment_id: str, refund_id: str) -> Response:
    """One refund of this payment."""
    for each in records.refunds_of(world.store, must_find(world, payment_id).id):
        if str(each.id) == refund_id:
            return answer(200, as_json(views.refund_json(each, world.settings)))
    raise errors.refund_not_found()


def _judge(world: World, payment: Payment, body: JsonObject, now: int) -> int:
    """The amount to give back in centavos, or the refusal MercadoPago has for it."""
    asked = _asked(body)
    if payment.status is Status.REFUNDED:
        if _measured(world):
            raise errors.bad_state() if asked is None else errors.bad_request(_UPDATE_AMOUNT, 2017)
        raise errors.bad_request("Charge already refunded", 4296)
    if payment.status is not Status.APPROVED or payment.approved_ms is None:
        raise errors.bad_state()
    if now - payment.approved_ms > ledger.REFUNDABLE_MS:
        raise errors.bad_request("Payment too old to be refunded", 2024)
    if asked is None:
        return payment.remaining
    if asked > payment.remaining:
        if _measured(world):
            raise errors.bad_request(_UPDATE_AMOUNT, 2017)
        raise errors.bad_request("amount attribute must not exceed the payment's remaining amount", 4040)
    return asked


_UPDATE_AMOUNT = "Invalid transaction_amount for update"


def _asked(body: JsonObject) -> int | None:
    if body.get("amount") is None:
        return None
    try:
        minor = to_minor(body["amount"])
    except BadAmountError as error:
        raise errors.bad_request("amount attribute must be numeric", 4041) from error
    if minor <= 0:
        raise errors.bad_request("amount attribute must be positive", 4040)
    return minor


def _measured(world: World) -> bool:
    return world.board.now.refund_dialect == "measured"
