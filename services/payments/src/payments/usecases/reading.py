"""Payments as the client, the provider's owner and operators see them; others see nothing."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from contracts.ids import AccountId, BookingId, PaymentId, ProviderId
from payments import store
from payments.domain.intent import Intent
from payments.usecases import audited
from payments.usecases.context import PaymentsContext
from payments.usecases.rights import may_manage


async def get_payment(context: PaymentsContext, scope: str, payment_id: PaymentId, caller: Principal) -> Intent:
    """One intent. NotFound when it is not the caller's to see."""
    async with context.uow.read(scope) as session:
        intent = await store.find_intent(session, payment_id)
        if intent is None or not await may_see(session, scope, caller, intent.client_id, intent.provider_id):
            raise NotFound
    if caller.account_id != intent.client_id:
        async with context.uow.begin(scope) as work:
            work.audit(audited.payment_read(intent, caller))
    return intent


async def list_of_booking(
    context: PaymentsContext, scope: str, booking_id: BookingId, caller: Principal, before: UUID, most: int
) -> Sequence[Intent]:
    """A booking's intents, newest first. NotFound when it is not the caller's to see."""
    async with context.uow.read(scope) as session:
        payable = await store.find_payable(session, booking_id)
        if payable is None or not await may_see(session, scope, caller, payable.client_id, payable.provider_id):
            raise NotFound
        page = await store.page_of_booking(session, booking_id, before, most)
    if caller.account_id != payable.client_id:
        async with context.uow.begin(scope) as work:
            work.audit(audited.payments_read(booking_id, payable.client_id, caller))
    return page


async def may_see(
    session: Session, scope: str, caller: Principal, client_id: AccountId, provider_id: ProviderId
) -> bool:
    """Whether the caller is the client, the provider's owner or an operator."""
    return caller.account_id == client_id or await may_manage(session, scope, caller, provider_id)
