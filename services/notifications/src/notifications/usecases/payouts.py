"""What payouts call for: the provider's owner is told. Harmless when repeated."""

from typing import Final

from common.money import Money
from common.uow import Work
from contracts.envelope import Event
from contracts.payments import PayoutAccountChanged, PayoutAccountStatus, PayoutFact, PayoutFailed, PayoutSent
from notifications.domain.notification import Template
from notifications.domain.payout_plan import plan_account, plan_payout
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import insert, rules_for

_OF_ACCOUNT: Final = {
    PayoutAccountStatus.CHECKING: Template.ACCOUNT_CHANGED,
    PayoutAccountStatus.REFUSED: Template.ACCOUNT_REFUSED,
}
"""That an account is in order needs no telling."""


async def tell_payout_sent(context: NotificationsContext, work: Work, event: Event[PayoutSent]) -> None:
    """The money is in the provider's account."""
    await _tell(context, work, event.data, Template.PAYOUT_SENT)


async def tell_payout_failed(context: NotificationsContext, work: Work, event: Event[PayoutFailed]) -> None:
    """It is not, and what to do."""
    await _tell(context, work, event.data, Template.PAYOUT_FAILED)


async def tell_payout_account(context: NotificationsContext, work: Work, event: Event[PayoutAccountChanged]) -> None:
    """Another account was named, or the bank has something against it."""
    fact = event.data
    template = _OF_ACCOUNT.get(fact.status)
    if template is not None:
        rules = await rules_for(context, work, fact.owner_account_id)
        now = await work.now()
        await insert(work, plan_account(template, fact.provider_id, fact.version, fact.owner_account_id, rules, now))


async def _tell(context: NotificationsContext, work: Work, fact: PayoutFact, template: Template) -> None:
    rules = await rules_for(context, work, fact.owner_account_id)
    amount, now = Money.of(fact.amount), await work.now()
    await insert(work, plan_payout(template, fact.payout_id, fact.owner_account_id, amount, rules, now))
