"""The sandbox's own API: what arrived, what went out, and the knobs. No token: it listens on this machine only."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field

from sandbox import clock, messages, readout
from sandbox.knobs import Knobs
from sandbox.mercadopago import errors, ledger, notices, payments, views
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.gate import answer, as_json
from sandbox.mercadopago.notices import Notice
from sandbox.messages import Channel
from sandbox.world import Here, World

router = APIRouter(prefix="/sandbox", tags=["sandbox"])

After = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Page = dict[str, Any]


class Settlement(BaseModel):
    """What becomes of an open payment."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["approved", "rejected", "cancelled"]
    detail: str | None = Field(default=None, max_length=60)


class FreeNotice(BaseModel):
    """A notification about anything, signed like the real ones."""

    model_config = ConfigDict(extra="forbid")

    url: AnyHttpUrl
    data_id: str = Field(min_length=1, max_length=100)
    type: str = Field(default="payment", min_length=1, max_length=60)
    action: str = Field(default=notices.UPDATED, min_length=1, max_length=60)
    times: int = Field(default=1, ge=1, le=100)


@router.get("/knobs")
async def get_knobs(world: Here) -> Knobs:
    """The knobs in force."""
    return world.board.now


@router.put("/knobs")
async def put_knobs(world: Here, knobs: Knobs) -> Knobs:
    """Set every knob: those not named go back to rest, and the dice start again from the seed."""
    world.board.set(knobs)
    return knobs


@router.patch("/knobs")
async def patch_knobs(world: Here, knobs: Knobs) -> Knobs:
    """Set only the knobs named."""
    merged = world.board.now.model_copy(update=knobs.model_dump(exclude_unset=True))
    world.board.set(merged)
    return merged


@router.delete("/knobs")
async def reset_knobs(world: Here) -> Knobs:
    """Put every knob at rest."""
    world.board.set(Knobs())
    return world.board.now


@router.post("/payments/{payment_id}/settle")
async def settle_payment(world: Here, payment_id: str, wish: Settlement) -> Response:
    """Decide a payment that is pending, in_process or authorized; 409 when it is decided already."""
    payment = payments.must_find(world, payment_id)
    try:
        with world.store.write():
            change = ledger.settle(world, payment, Status(wish.status), clock.now_ms(), wish.detail)
    except errors.MercadoPagoError as error:
        raise HTTPException(409, f"the payment is already {payment.status}") from error
    world.courier.wake()
    return answer(200, as_json(views.full_json(world.store, change.payment, world.settings)))


@router.post("/payments/{payment_id}/redeliver", status_code=202)
async def redeliver(world: Here, payment_id: str, times: Annotated[int, Query(ge=1, le=100)] = 1) -> Page:
    """Notify again about a payment, `times` times, whatever the knob `duplicate` says."""
    payment = payments.must_find(world, payment_id)
    notice = notices.about(payment, notices.UPDATED, world.settings)
    if notice is None:
        raise HTTPException(409, "the payment has no notification_url")
    return _queue(world, notice, times)


@router.post("/webhooks", status_code=202)
async def notify(world: Here, wish: FreeNotice) -> Page:
    """Send a signed notification of any type about any id, also one that does not exist."""
    return _queue(world, Notice(wish.data_id, wish.type, wish.action, str(wish.url)), wish.times)


@router.get("/payments")
async def list_payments(
    world: Here, external_reference: str | None = None, after: After = 0, limit: Limit = 100
) -> Page:
    """Every payment by ascending id, with its refunds and, under `sandbox`, the exact centavos."""
    return readout.payments(world, external_reference, after, limit)


@router.get("/preferences")
async def list_preferences(world: Here, after: After = 0, limit: Limit = 100) -> Page:
    """Every preference in the order of creation."""
    return readout.preferences(world, after, limit)


@router.get("/webhooks")
async def list_deliveries(
    world: Here, payment_id: str | None = None, state: str | None = None, after: After = 0, limit: Limit = 100
) -> Page:
    """The delivery log: each delivery with its attempts and the statuses it was answered with."""
    return readout.deliveries(world, payment_id, state, after, limit)


@router.get("/messages")
async def list_messages(
    world: Here,
    channel: Channel | None = None,
    to: str | None = None,
    since: str | None = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page:
    """Messages in the order of arrival; `to` is a phone or an address, `since` an instant with an offset."""
    try:
        since_ms = None if since is None else clock.parse_instant(since)
    except clock.BadInstantError as error:
        raise HTTPException(422, "since must be an instant with an offset") from error
    found = messages.listed(world.store, channel, to, since_ms, after, limit)
    return {"messages": found, "next": found[-1]["seq"] if len(found) == limit else None}


@router.get("/stats")
async def stats(world: Here) -> Page:
    """Counts and sums of everything, and the faults that struck since the start."""
    return readout.stats(world)


@router.delete("/data", status_code=204)
async def forget(world: Here) -> None:
    """Empty every record and the count of faults; the knobs stay."""
    world.store.empty()
    world.board.fired.clear()


def _queue(world: World, notice: Notice, times: int) -> Page:
    with world.store.write():
        queued = notices.enqueue(world.store, world.board, world.settings, notice, clock.now_ms(), times)
    world.courier.wake()
    return {"deliveries": queued}
