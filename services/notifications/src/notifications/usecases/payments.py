"""What a payment at a counter or at the bank calls for: its client is told how. Harmless repeated, in any order."""

from collections.abc import Sequence
from typing import Final

from common.money import Money
from common.subscriptions import newest
from common.uow import Work
from contracts.envelope import Event
from contracts.ids import PaymentId
from contracts.payments import PaymentClosed, PaymentConfirmed, PaymentFact, PaymentPending, PaymentStatus
from notifications import store
from notifications.domain.payment import Payment, PaymentState, Ticket, Transfer
from notifications.domain.payment_plan import plan_payment
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import insert, rules_for

_ELSEWHERE: Final = frozenset({"rapipago", "pagofacil", "transfer"})
_OPEN: Final = frozenset(
    {PaymentStatus.CREATED, PaymentStatus.AWAITING_PAYER, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED}
)


async def tell_how_to_pay(context: NotificationsContext, work: Work, event: Event[PaymentPending]) -> None:
    """A notice with the ticket, or with our account and the reference."""
    fact = event.data
    if fact.ticket is None and fact.transfer is None:
        return
    ticket = Ticket(**fact.ticket.model_dump()) if fact.ticket is not None else None
    transfer = Transfer(**fact.transfer.model_dump()) if fact.transfer is not None else None
    await _follow(context, work, fact, Payment(*_standing(fact), fact.pay_until, ticket, transfer))


async def tell_ran_out(context: NotificationsContext, work: Work, event: Event[PaymentClosed]) -> None:
    """A notice when the payer's time ran out: the ticket or the reference is not to be paid any more."""
    await _follow(context, work, event.data, Payment(*_standing(event.data)))


async def keep_paid(_context: NotificationsContext, work: Work, events: Sequence[Event[PaymentConfirmed]]) -> None:
    """What is paid, nobody is to be asked to pay any more."""
    paid = [Payment(*_standing(fact)) for fact in newest(events) if fact.method in _ELSEWHERE]
    if paid:
        await store.upsert_payments(work, paid)


async def _follow(context: NotificationsContext, work: Work, fact: PaymentFact, told: Payment) -> None:
    await store.upsert_payments(work, [told])
    known = await store.lock_payment(work, fact.payment_id)
    rules, now = await rules_for(context, work, fact.client_id), await work.now()
    await insert(work, plan_payment(known, fact.client_id, fact.booking_id, Money.of(fact.amount), rules, now))


def _standing(fact: PaymentFact) -> tuple[PaymentId, int, PaymentState]:
    if fact.status in _OPEN:
        return fact.payment_id, fact.version, PaymentState.OPEN
    ran_out = fact.status is PaymentStatus.EXPIRED
    return fact.payment_id, fact.version, PaymentState.RAN_OUT if ran_out else PaymentState.OVER
