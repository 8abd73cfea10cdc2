"""What a booking can be paid with, and what paying it in installments costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import NotFound, Refusal
from contracts.ids import AccountId, BookingId
from payments import store
from payments.clients import MercadoPagoError
from payments.domain.installments import PayerCost, shown
from payments.domain.intent import Purpose
from payments.domain.method import SLOW
from payments.domain.payable import NothingDue, Payable, pay_window
from payments.domain.slow import slow_expiry
from payments.domain.switches import Method
from payments.domain.transfer import TRANSFER_DAYS
from payments.usecases.context import PaymentsContext
from payments.usecases.refusing import unavailable
from payments.usecases.wanting import wait_for_payable


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """One way to pay, and why it is not offered when it is not."""

    method: Method
    refusal: Refusal | None = None


async def list_methods(context: PaymentsContext) -> Sequence[MethodOffer]:
    """The ways to pay that are not switched off; the slow ones depend on the booking."""
    return [MethodOffer(method) for method in Method if context.switches.offered(method)]


async def list_methods_for(
    context: PaymentsContext, scope: str, client_id: AccountId, booking_id: BookingId
) -> Sequence[MethodOffer]:
    """Every way to pay, for one booking of this client."""
    payable = await _own(context, scope, client_id, booking_id)
    async with context.uow.begin(scope) as work:
        now = await work.now()
        latest = await store.lock_latest_of_booking(work, booking_id, Purpose.DUE)
    offers = []
    for method in Method:
        try:
            pay_window(payable, latest, now)
            context.switches.admit(method)
            if method in SLOW:
                days = TRANSFER_DAYS if method is Method.TRANSFER else context.ticket_days
                slow_expiry(payable.starts_at, now, days)
        except Refusal as refusal:
            offers.append(MethodOffer(method, refusal))
        else:
            offers.append(MethodOffer(method))
    return offers


async def list_installments(
    context: PaymentsContext,
    scope: str,
    client_id: AccountId,
    booking_id: BookingId,
    card: tuple[str, str | None, str | None],
) -> Sequence[PayerCost]:
    """What is due for the booking, in installments; `card` is its first digits, its brand and its issuer."""
    payable = await _own(context, scope, client_id, booking_id)
    if not payable.due:
        raise NothingDue
    key = (payable.due, *card)
    known = context.plans.find(key)
    if known is None:
        try:
            known = shown(await context.mercadopago.installments(*key))
        except MercadoPagoError as error:
            raise unavailable(context, Method.CARD, error) from error
        context.plans.keep(key, known)
    return known


async def _own(context: PaymentsContext, scope: str, client_id: AccountId, booking_id: BookingId) -> Payable:
    payable = await wait_for_payable(context, scope, booking_id, Purpose.DUE)
    if payable.client_id != client_id:
        raise NotFound
    return payable
