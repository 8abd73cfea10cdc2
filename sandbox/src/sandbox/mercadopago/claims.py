"""Claims: what a payer complains of at MercadoPago, read at the old address and at the new one."""

from fastapi import APIRouter, Depends, Response

from sandbox import clock
from sandbox.mercadopago import disputes, errors
from sandbox.mercadopago.disputes import Claim
from sandbox.mercadopago.gate import JsonObject, answer, as_json, require_token
from sandbox.store import Store
from sandbox.world import Here

router = APIRouter(tags=["MercadoPago: claims"], dependencies=[Depends(require_token)])

_REASONS = {"seller": "payment_confirmed", "payer": "payment_refunded"}


@router.get("/v1/claims/{claim_id}")
@router.get("/post-purchase/v1/claims/{claim_id}")
async def get_claim(world: Here, claim_id: str) -> Response:
    """One claim."""
    return answer(200, as_json(claim_json(must_find(world.store, claim_id))))


def must_find(store: Store, claim_id: str) -> Claim:
    """The claim, or MercadoPago's 404."""
    found = disputes.find_claim(store, claim_id)
    if found is None:
        raise errors.MercadoPagoError(404, "not_found", "Claim not found")
    return found


def claim_json(claim: Claim) -> JsonObject:
    """As MercadoPago shows it, without the people involved: the sandbox knows none."""
    return {
        "id": claim.id,
        "resource": "payment",
        "resource_id": claim.payment_id,
        "status": "opened" if claim.outcome is None else "closed",
        "type": "mediations",
        "stage": claim.stage,
        "parent_id": None,
        "reason_id": "PNR0001",
        "fulfilled": False,
        "quantity_type": "total",
        "players": [],
        "resolution": _resolution(claim),
        "site_id": "MLA",
        "date_created": clock.stamp(claim.created_ms),
        "last_updated": clock.stamp(claim.updated_ms),
    }


def _resolution(claim: Claim) -> JsonObject | None:
    if claim.outcome is None:
        return None
    return {
        "reason": _REASONS[claim.outcome],
        "benefited": ["complainant" if claim.outcome == "payer" else "respondent"],
        "date_created": clock.stamp(claim.decided_ms),
        "closed_by": "mediator",
    }
