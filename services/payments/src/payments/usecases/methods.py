"""What a booking can be paid with, and what paying it in installments costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import NotFound, Refusal
from common.money import Money
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import AccountId
from payments import store
from payments.clients import MercadoPagoError
from payments.domain.credit import CreditAccount
from payments.domain.installments import PayerCost, shown
from payments.domain.method import SLOW
from payments.domain.payable import Payable
from payments.domain.purpose import Wanted, Wish
from payments.domain.switches import Method
from payments.domain.transfer import TRANSFER_DAYS
from payments.usecases.context import PaymentsContext
from payments.usecases.refusing import unavailable
from payments.usecases.wanting import slowly, wait_for_payable, want


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """One way to pay, and why it is not offered when it is not."""

    method: Method
    refusal: Refusal | None = None


async def list_methods(context: PaymentsContext) -> Sequence[MethodOffer]:
    """The ways to pay that are not switched off; the slow ones depend on the booking."""
    return [MethodOffer(method) for method in Method if context.switches.offered(method)]


async def list_methods_for(
    context: PaymentsContext, vertical: Vertical, client_id: AccountId, wish: Wish
) -> Sequence[MethodOffer]:
    """Every way to pay, for this of one booking of this client."""
    payable = await _own(context, vertical.id, client_id, wish)
    async with context.uow.begin(vertical.id) as work:
        now = await work.now()
        try:
            wanted = await _want(work, vertical, payable, wish)
        except Refusal as refusal:
            return [MethodOffer(method, refusal) for method in Method]
        credit = await store.credit.find_account(work, client_id) or CreditAccount(client_id, Money.zero())
    offers = []
    for method in Method:
        try:
            context.switches.admit(method)
            if method is Method.CREDIT:
                credit.must_cover(wanted.amount)
            if method in SLOW:
                slowly(wanted, payable, now, TRANSFER_DAYS if method is Method.TRANSFER else context.ticket_days)
        except Refusal as refusal:
            offers.append(MethodOffer(method, refusal))
        else:
            offers.append(MethodOffer(method))
    return offers


async def list_installments(
    context: PaymentsContext,
    vertical: Vertical,
    client_id: AccountId,
    wish: Wish,
    card: tuple[str, str | None, str | None],
) -> Sequence[PayerCost]:
    """What is wished for, in installments; `card` is its first digits, its brand and its issuer."""
    payable = await _own(context, vertical.id, client_id, wish)
    async with context.uow.begin(vertical.id) as work:
        wanted = await _want(work, vertical, payable, wish)
    key = (wanted.amount, *card)
    known = context.plans.find(key)
    if known is None:
        try:
            known = shown(await context.mercadopago.installments(*key))
        except MercadoPagoError as error:
            raise unavailable(context, Method.CARD, error) from error
        context.plans.keep(key, known)
    return known


async def _own(context: PaymentsContext, scope: str, client_id: AccountId, wish: Wish) -> Payable:
    payable = await wait_for_payable(context, scope, wish.booking_id, wish.purpose)
    if payable.client_id != client_id:
        raise NotFound
    return payable


async def _want(work: Work, vertical: Vertical, payable: Payable, wish: Wish) -> Wanted:
    latest = await store.lock_latest_of_booking(work, wish.booking_id, wish.purpose)
    return await want(work, vertical, payable, latest, wish)
