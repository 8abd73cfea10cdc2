"""What the waitlist calls for: whoever waited is told of what is held for them. Harmless when repeated."""

from common.uow import Work
from contracts.envelope import Event
from contracts.waitlist import WaitlistOffered
from notifications.domain.offer_plan import plan_offered
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import insert, rules_for


async def tell_offered(context: NotificationsContext, work: Work, event: Event[WaitlistOffered]) -> None:
    """A slot came free; they have until the offer's end."""
    told = event.data
    rules, now = await rules_for(context, work, told.client_id), await work.now()
    await insert(work, plan_offered(told.booking_id, told.client_id, told.starts_at, told.offer_expires_at, rules, now))
