"""`/v1/payment_methods/installments`: what paying in instalments (cuotas) costs the payer, with CFT and TEA.

The surcharge of a plan is given; its CFT and TEA are computed from the payer's cash flow: n equal payments, the first
after a month. CFT is the yearly effective rate of all the payer pays; TEA leaves out the VAT on the interest.
"""

from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Depends, Request, Response

from sandbox import money
from sandbox.mercadopago import errors
from sandbox.mercadopago.brands import Brand, brand_by_method, brand_of
from sandbox.mercadopago.catalog import METHODS, Method
from sandbox.mercadopago.gate import JsonObject, answer, as_json, require_public_key

router = APIRouter(
    prefix="/v1/payment_methods",
    tags=["MercadoPago: instalments"],
    dependencies=[Depends(require_public_key)],
)

SURCHARGE_BPS = {1: 0, 3: 1250, 6: 2480, 9: 3790, 12: 5110}
"""What each number of instalments adds to the amount, in basis points; VAT on the interest is in it."""

_VAT = 0.21


@dataclass(frozen=True, slots=True)
class Plan:
    """Equal instalments of an amount, all in centavos: `total` is exactly `count` times `each`."""

    count: int
    each: int
    total: int
    surcharge_bps: int


def plan_for(method: Method, amount: int, count: int) -> Plan | None:
    """How `amount` centavos are paid in `count` instalments; None when the method does not offer so many."""
    bps = SURCHARGE_BPS.get(count)
    if bps is None or (count > 1 and method.type != "credit_card"):
        return None
    each = (amount * (10_000 + bps) + 5_000 * count) // (10_000 * count) if count > 1 else amount
    return Plan(count, each, each * count, bps)


@router.get("/installments")
async def list_installments(request: Request) -> Response:
    """By `bin` or `payment_method_id`, `amount` in pesos, and perhaps `issuer.id`: one entry, or none that fits."""
    query = request.query_params
    amount = _amount(query.get("amount", ""))
    brand = _brand(query.get("bin", ""), query.get("payment_method_id", ""), query.get("issuer.id", ""))
    return answer(200, as_json([] if brand is None else [_entry(brand, METHODS[brand.method], amount)]))


def labels_of(plan: Plan) -> list[str]:
    """`["CFT_89,21%|TEA_72,65%"]`, as Argentina's law wants them shown."""
    return [f"CFT_{_percent(cost_of(plan, 1.0))}|TEA_{_percent(cost_of(plan, 1 / (1 + _VAT)))}"]


def cost_of(plan: Plan, kept: float) -> float:
    """The yearly effective rate of a plan when only the share `kept` of its surcharge counts: 0.5 means 50 %."""
    if not plan.surcharge_bps:
        return 0.0
    each = (1 + kept * plan.surcharge_bps / 10_000) / plan.count
    low, high = 0.0, 1.0
    # The present value falls as the rate grows; sixty halvings leave nothing that two decimals could show.
    for _ in range(60):
        monthly = (low + high) / 2
        worth = sum(each / (1 + monthly) ** month for month in range(1, plan.count + 1))
        low, high = (monthly, high) if worth > 1 else (low, monthly)
    return float((1 + low) ** 12 - 1)


def _amount(text: str) -> int:
    try:
        minor = money.to_minor(Decimal(text)) if text else 0
    except (ArithmeticError, money.BadAmountError) as error:
        raise errors.bad_request("Invalid parameter amount", 1) from error
    if minor <= 0:
        raise errors.bad_request("Invalid parameter amount", 1)
    return minor


def _brand(digits: str, method: str, issuer: str) -> Brand | None:
    if not digits and not method:
        raise errors.bad_request("bin or payment_method_id is required", 1)
    brand = brand_of(digits) if digits else brand_by_method(method)
    if brand is None or (method and brand.method != method) or (issuer and brand.issuer_id != issuer):
        return None
    return brand


def _entry(brand: Brand, method: Method, amount: int) -> JsonObject:
    plans = [plan_for(method, amount, count) for count in SURCHARGE_BPS]
    return {
        "payment_method_id": method.id,
        "payment_type_id": method.type,
        "issuer": {"id": brand.issuer_id, "name": brand.issuer, "secure_thumbnail": "", "thumbnail": ""},
        "processing_mode": "aggregator",
        "merchant_account_id": None,
        "payer_costs": [_payer_cost(plan, method) for plan in plans if plan is not None],
        "agreements": None,
    }


def _payer_cost(plan: Plan, method: Method) -> JsonObject:
    word = "cuota" if plan.count == 1 else "cuotas"
    return {
        "installments": plan.count,
        "installment_rate": money.to_number(plan.surcharge_bps),
        "discount_rate": 0,
        "reimbursement_rate": None,
        "labels": labels_of(plan),
        "installment_rate_collector": ["MERCADOPAGO"],
        "min_allowed_amount": money.to_number(method.min_minor),
        "max_allowed_amount": money.to_number(method.max_minor),
        "recommended_message": f"{plan.count} {word} de {money.in_pesos(plan.each)} ({money.in_pesos(plan.total)})",
        "installment_amount": money.to_number(plan.each),
        "total_amount": money.to_number(plan.total),
        "payment_method_option_id": None,
    }


def _percent(rate: float) -> str:
    return f"{rate * 100:.2f}%".replace(".", ",")
