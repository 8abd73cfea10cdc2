"""The payer's side of Checkout Pro: the hosted page, its twin for programs, and the cash ticket."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from sandbox import clock, money, pages
from sandbox.mercadopago import catalog, errors, ledger, orders, preferences, records, views
from sandbox.mercadopago.catalog import HOLDERS, METHODS, OPEN, WAITING_TYPES, Method, Status
from sandbox.mercadopago.gate import Body, JsonObject, answer, as_json
from sandbox.mercadopago.installments import Plan, plan_for
from sandbox.mercadopago.ledger import Change, Order
from sandbox.mercadopago.preferences import ClosedPreferenceError, Preference
from sandbox.mercadopago.records import Payment
from sandbox.world import Here, World

router = APIRouter(tags=["MercadoPago: checkout"])

_RESULT = {
    Status.APPROVED: ("success", "¡Listo! Se acreditó tu pago"),
    Status.REJECTED: ("failure", "No pudimos procesar tu pago"),
    Status.PENDING: ("pending", "Tu pago quedó pendiente"),
    Status.IN_PROCESS: ("pending", "Estamos revisando tu pago"),
}


@router.get("/checkout/v1/redirect", response_class=HTMLResponse)
async def show_checkout(world: Here, pref_id: str = "") -> Response:
    """The page behind `init_point`: method and holder to choose, one button."""
    try:
        preference = preferences.must_find(world.store, pref_id)
        preference.refuse_when_closed(clock.now_ms())
    except errors.MercadoPagoError:
        return pages.show("closed.html", 404, title="No encontramos este link de pago")
    except ClosedPreferenceError:
        return pages.show("closed.html", 410, title="Este link de pago venció")
    return _choose(preference, 200, "")


@router.post("/checkout/v1/redirect", response_class=HTMLResponse)
async def submit_checkout(world: Here, request: Request, pref_id: str = "") -> Response:
    """The page's form: pays, then goes back to the seller or shows the result."""
    form = {name: str(value) for name, value in (await request.form(max_fields=10)).items()}
    try:
        preference = preferences.must_find(world.store, pref_id)
        change = pay(world, preference, form)
    except ClosedPreferenceError:
        return pages.show("closed.html", 410, title="Este link de pago venció")
    except errors.MercadoPagoError as error:
        if error.status == 404:
            return pages.show("closed.html", 404, title="No encontramos este link de pago")
        return _choose(preference, 400, "Elegí un medio de pago y un titular de la lista.")
    return _result(world, preference, change.payment)


@router.post("/sandbox/checkout/{pref_id}/pay", status_code=201)
async def pay_by_program(world: Here, pref_id: str, body: Body) -> Response:
    """`{"holder": "APRO", "method": "visa", "installments": 1}` -> the payment object; 410 once the link expired."""
    preference = preferences.must_find(world.store, pref_id)
    try:
        change = pay(world, preference, body)
    except ClosedPreferenceError as error:
        raise errors.MercadoPagoError(410, "preference_expired", "The preference has expired") from error
    return answer(201, as_json(views.full_json(world.store, change.payment, world.settings)))


@router.get("/checkout/v1/ticket", response_class=HTMLResponse)
async def show_ticket(world: Here, payment_id: str = "") -> Response:
    """The coupon of a cash payment or a transfer, with a button that plays the cashier."""
    payment = records.find(world.store, payment_id)
    if payment is None or payment.method_type not in WAITING_TYPES:
        return pages.show("closed.html", 404, title="No encontramos este cupón")
    return _ticket(payment)


@router.post("/checkout/v1/ticket", response_class=HTMLResponse)
async def pay_ticket(world: Here, payment_id: str = "") -> Response:
    """The cashier takes the money."""
    payment = records.find(world.store, payment_id)
    if payment is None or payment.method_type not in WAITING_TYPES:
        return pages.show("closed.html", 404, title="No encontramos este cupón")
    if payment.status in OPEN:
        with world.store.write():
            payment = ledger.settle(world, payment, Status.APPROVED, clock.now_ms()).payment
        world.courier.wake()
    return _ticket(payment)


def pay(world: World, preference: Preference, wish: Mapping[str, object]) -> Change:
    """Pay a preference. Raises ClosedPreferenceError, or MercadoPagoError 400 for an unknown method or holder."""
    now = clock.now_ms()
    preference.refuse_when_closed(now)
    order = _order(preference, wish)
    binary = preference.body.get("binary_mode") is True
    outcome = catalog.outcome_of(order.method, order.holder, binary=binary)
    with world.store.write():
        change = ledger.open_payment(world, order, outcome, now)
    world.courier.wake()
    return change


def _order(preference: Preference, wish: Mapping[str, object]) -> Order:
    method = METHODS.get(str(wish.get("method") or "visa"))
    holder = str(wish.get("holder") or "APRO").strip().upper()
    if method is None or method not in preference.methods():
        raise errors.bad_request("payment method not available for this preference", error="invalid_payment_method")
    if holder not in HOLDERS:
        raise errors.bad_request("unknown holder", error="invalid_holder")
    if not method.min_minor <= preference.amount <= method.max_minor:
        raise errors.bad_request("Cannot pay this amount with this payment method", 2042)
    plan = _plan(wish.get("installments"), method, preference.amount)
    expires = preference.body.get("date_of_expiration")
    return Order(
        amount=preference.amount,
        method=method,
        holder=holder,
        installments=plan.count,
        financing=plan.total - preference.amount,
        external_reference=preference.body.get("external_reference"),
        description=", ".join(str(item.get("title", "")) for item in preference.body["items"])[:256],
        notification_url=preference.body.get("notification_url"),
        metadata=preference.body.get("metadata") or {},
        preference_id=preference.id,
        expires_ms=clock.parse_instant(expires) if expires else None,
    )


def _plan(value: object, method: Method, amount: int) -> Plan:
    text = str(value or 1)
    plan = plan_for(method, amount, int(text)) if text.isdecimal() and len(text) <= 2 else None
    if plan is None:
        raise errors.bad_request("Invalid number of shares for this payment_method_id", 109)
    return plan


def _choose(preference: Preference, status: int, problem: str) -> HTMLResponse:
    items = [(item.get("title") or "Turno", int(item["quantity"])) for item in preference.body["items"]]
    return pages.show(
        "checkout.html",
        status,
        preference=preference,
        items=items,
        total=money.in_pesos(preference.amount),
        methods=preference.methods(),
        holders=HOLDERS,
        problem=problem,
    )


def _result(world: World, preference: Preference, payment: Payment) -> Response:
    which, title = _RESULT.get(payment.status, _RESULT[Status.REJECTED])
    order = orders.find(world.store, preference.id)
    back = _back_url(preference, payment, order, which)
    if back and which == "success" and preference.body.get("auto_return") in {"approved", "all"}:
        return RedirectResponse(back, status_code=303)
    label = HOLDERS[payment.holder].label if payment.status is Status.REJECTED else ""
    again = preference.id if payment.status is Status.REJECTED else ""
    shown = money.in_pesos(payment.amount)
    return pages.show("result.html", title=title, label=label, payment=payment, total=shown, back=back, again=again)


def _back_url(preference: Preference, payment: Payment, order: orders.Order | None, which: str) -> str:
    """Where the seller wants the payer back, with the query MercadoPago adds."""
    url = str((preference.body.get("back_urls") or {}).get(which) or "")
    if not url:
        return ""
    query: JsonObject = {
        "collection_id": payment.id,
        "collection_status": payment.status,
        "payment_id": payment.id,
        "status": payment.status,
        "external_reference": payment.external_reference or "null",
        "payment_type": payment.method_type,
        "merchant_order_id": "null" if order is None else order.id,
        "preference_id": preference.id,
        "site_id": "MLA",
        "processing_mode": "aggregator",
        "merchant_account_id": "null",
    }
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _ticket(payment: Payment) -> HTMLResponse:
    return pages.show(
        "ticket.html",
        payment=payment,
        method=METHODS[payment.method].name,
        total=money.in_pesos(payment.amount),
        open=payment.status in OPEN,
        code=str(payment.id)[-10:],
    )
