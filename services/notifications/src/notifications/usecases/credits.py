"""What credit calls for: the client is told. Harmless when repeated."""

from common.money import Money
from common.uow import Work
from contracts.credit import CreditGranted
from contracts.envelope import Event
from notifications.domain.credit_plan import plan_credit
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import insert, rules_for


async def tell_credit(context: NotificationsContext, work: Work, event: Event[CreditGranted]) -> None:
    """Somebody gave the client something to pay with."""
    fact = event.data
    rules, amount = await rules_for(context, work, fact.client_id), Money.of(fact.amount)
    await insert(work, plan_credit(fact.credit_id, fact.client_id, amount, rules, await work.now()))
