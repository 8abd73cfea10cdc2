"""The sandbox's own API for what happens to money after a payment: disputes, release, withdrawals."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sandbox import clock, readout
from sandbox.mercadopago import chargebacks, claims, disputes, ledger, payments, views, withdrawals
from sandbox.mercadopago.catalog import Status
from sandbox.mercadopago.disputes import Stage, Winner
from sandbox.money import BadAmountError, from_text
from sandbox.world import Here, World

router = APIRouter(prefix="/sandbox", tags=["sandbox: money"])

After = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Page = dict[str, Any]

_DEADLINE_DAYS = 7


class NewChargeback(BaseModel):
    """A chargeback over all that is left of a payment; without `documentation_required` nobody may contest it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="general", min_length=1, max_length=60)
    coverage_eligible: bool = True
    documentation_required: bool = True
    deadline: AwareDatetime | None = None


class Deadline(BaseModel):
    """Until when documents are taken."""

    model_config = ConfigDict(extra="forbid")

    deadline: AwareDatetime


class NewClaim(BaseModel):
    """A claim over all that is left of a payment."""

    model_config = ConfigDict(extra="forbid")

    stage: Stage = "claim"


class Decision(BaseModel):
    """Who gets the money."""

    model_config = ConfigDict(extra="forbid")

    winner: Winner


class NewWithdrawal(BaseModel):
    """`amount` as the bank writes it, all there is without one; a payout is cash, and does not reach the bank."""

    model_config = ConfigDict(extra="forbid")

    amount: str | None = None
    type: Literal["WITHDRAWAL", "PAYOUT"] = "WITHDRAWAL"


@router.post("/payments/{payment_id}/chargeback", status_code=201)
async def open_chargeback(world: Here, payment_id: str, wish: NewChargeback) -> Page:
    """The payer's bank asks for the money back; 409 unless the payment is approved."""
    payment, now = payments.must_find(world, payment_id), clock.now_ms()
    with world.store.write():
        try:
            made = disputes.open_chargeback(
                world, payment, wish.reason, _deadline(wish, now), now, eligible=wish.coverage_eligible
            )
        except disputes.DisputeError as error:
            raise HTTPException(409, f"the payment is {payment.status}") from error
    world.courier.wake()
    return chargebacks.chargeback_json(world.store, made, now)


@router.post("/chargebacks/{chargeback_id}/decide")
async def decide_chargeback(world: Here, chargeback_id: str, wish: Decision) -> Page:
    """Decide it; 409 when it is decided already."""
    found, now = chargebacks.must_find(world.store, chargeback_id), clock.now_ms()
    with world.store.write():
        try:
            decided = disputes.decide_chargeback(world, found, wish.winner, now)
        except disputes.DisputeError as error:
            raise HTTPException(409, "the chargeback is already decided") from error
    world.courier.wake()
    return chargebacks.chargeback_json(world.store, decided, now)


@router.put("/chargebacks/{chargeback_id}/deadline")
async def set_deadline(world: Here, chargeback_id: str, wish: Deadline) -> Page:
    """Set until when documents are taken, in the past too; tells, as every change does."""
    found, now = chargebacks.must_find(world.store, chargeback_id), clock.now_ms()
    with world.store.write():
        try:
            changed = disputes.set_deadline(world, found, _ms(wish.deadline), now)
        except disputes.DisputeError as error:
            raise HTTPException(409, "the chargeback takes no documents") from error
    world.courier.wake()
    return chargebacks.chargeback_json(world.store, changed, now)


@router.post("/payments/{payment_id}/claim", status_code=201)
async def open_claim(world: Here, payment_id: str, wish: NewClaim) -> Page:
    """The payer complains at MercadoPago; 409 unless the payment is approved."""
    payment = payments.must_find(world, payment_id)
    with world.store.write():
        try:
            made = disputes.open_claim(world, payment, wish.stage, clock.now_ms())
        except disputes.DisputeError as error:
            raise HTTPException(409, f"the payment is {payment.status}") from error
    world.courier.wake()
    return claims.claim_json(made)


@router.post("/claims/{claim_id}/escalate")
async def escalate_claim(world: Here, claim_id: str) -> Page:
    """From `claim` to `dispute`: MercadoPago steps in; 409 when it has, or when the claim is closed."""
    return _to_claim(world, claim_id, None)


@router.post("/claims/{claim_id}/decide")
async def decide_claim(world: Here, claim_id: str, wish: Decision) -> Page:
    """Close it: `payer` gets a refund, for `seller` the payment is approved again; 409 when it is closed."""
    return _to_claim(world, claim_id, wish.winner)


@router.post("/payments/{payment_id}/release")
async def release_payment(world: Here, payment_id: str) -> Page:
    """Make an approved payment's money available now; 409 for any other."""
    payment = payments.must_find(world, payment_id)
    if payment.status is not Status.APPROVED:
        raise HTTPException(409, f"the payment is {payment.status}")
    with world.store.write():
        change = ledger.release(world, payment, clock.now_ms())
    world.courier.wake()
    return views.full_json(world.store, change.payment, world.settings)


@router.post("/withdrawals", status_code=201)
async def withdraw(world: Here, wish: NewWithdrawal) -> Page:
    """Released money of the MercadoPago account goes to the bank; 409 when there is not that much."""
    try:
        amount = None if wish.amount is None else from_text(wish.amount)
        with world.store.write():
            made = withdrawals.withdraw(world, wish.type, amount, clock.now_ms())
    except BadAmountError as error:
        raise HTTPException(422, "amount must be written as 1234.50") from error
    except withdrawals.TooMuchError as error:
        raise HTTPException(409, "there is not that much") from error
    return {"id": made.id, "type": made.type, "amount_minor": made.amount}


@router.get("/chargebacks")
async def list_chargebacks(world: Here, after: After = 0, limit: Limit = 100) -> Page:
    """Every chargeback by ascending id, with exact centavos under `sandbox`."""
    return readout.chargebacks(world, after, limit)


@router.get("/claims")
async def list_claims(world: Here, after: After = 0, limit: Limit = 100) -> Page:
    """Every claim by ascending id, likewise."""
    return readout.claimed(world, after, limit)


@router.get("/withdrawals")
async def list_withdrawals(world: Here, after: After = 0, limit: Limit = 100) -> Page:
    """Every withdrawal, and what is available now."""
    return readout.withdrawn(world, after, limit)


def _to_claim(world: World, claim_id: str, winner: Winner | None) -> Page:
    found, now = claims.must_find(world.store, claim_id), clock.now_ms()
    with world.store.write():
        try:
            if winner is None:
                changed = disputes.escalate_claim(world, found, now)
            else:
                changed = disputes.decide_claim(world, found, winner, now)
        except disputes.DisputeError as error:
            raise HTTPException(409, "the claim does not allow this any more") from error
    world.courier.wake()
    return claims.claim_json(changed)


def _deadline(wish: NewChargeback, now: int) -> int | None:
    if not wish.documentation_required:
        return None
    return now + _DEADLINE_DAYS * clock.DAY_MS if wish.deadline is None else _ms(wish.deadline)


def _ms(at: AwareDatetime) -> int:
    return int(at.timestamp() * 1000)
