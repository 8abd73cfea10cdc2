"""What people are told of a series, once for all that happened together. Each verb is harmless when repeated."""

from typing import Final

from common.money import Money
from common.uow import Work
from contracts.booking import BookingApproved, BookingCreated, BookingRescheduled, BookingStatus, CancelledBy
from contracts.envelope import Event
from contracts.series import SeriesCancelled, SeriesConfirmed, SeriesFact, SeriesRescheduled
from notifications import store
from notifications.domain.notification import Template
from notifications.domain.series_plan import SeriesNews, plan_next_payment, plan_series
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import insert, rules_for
from notifications.usecases.readmodels import booking_of

_TEMPLATES: Final[dict[type[SeriesFact], tuple[Template, Template]]] = {
    SeriesConfirmed: (Template.CONFIRMED, Template.SERIES_CONFIRMED),
    SeriesRescheduled: (Template.RESCHEDULED, Template.SERIES_RESCHEDULED),
    SeriesCancelled: (Template.CANCELLED, Template.SERIES_CANCELLED),
}
"""Of one appointment, and of several."""


async def tell_series(
    context: NotificationsContext,
    work: Work,
    event: Event[SeriesConfirmed] | Event[SeriesRescheduled] | Event[SeriesCancelled],
) -> None:
    """A notice to its client, unless it called off itself what was never confirmed."""
    fact = event.data
    if not fact.booking_ids:
        return
    if isinstance(fact, SeriesCancelled) and await _gave_up_what_it_never_had(work, fact):
        return
    news = SeriesNews(
        template=_template_of(fact),
        series_id=fact.series_id,
        version=fact.version,
        account_id=fact.client_id,
        booking_id=fact.booking_ids[0],
        starts_at=fact.starts[0],
        many=len(fact.booking_ids),
    )
    await insert(work, plan_series(news, await rules_for(context, work, fact.client_id), await work.now()))


async def _gave_up_what_it_never_had(work: Work, fact: SeriesCancelled) -> bool:
    if fact.cancelled_by is not CancelledBy.CLIENT:
        return False
    if fact.any_confirmed is not None:
        return not fact.any_confirmed
    # Told before booking said so: the first of them is asked.
    first = await store.lock_booking(work, fact.booking_ids[0])
    return first is not None and not first.confirmed


def _template_of(fact: SeriesFact) -> Template:
    alone, many = _TEMPLATES[type(fact)]
    return alone if len(fact.booking_ids) == 1 else many


async def ask_for_next_payment(
    context: NotificationsContext,
    work: Work,
    event: Event[BookingCreated] | Event[BookingApproved] | Event[BookingRescheduled],
) -> None:
    """An occurrence that is paid apart: its client is asked when it is time."""
    fact = event.data
    due = Money.of(fact.due_now)
    if fact.status is not BookingStatus.HELD or not due or fact.hold_expires_at is None:
        return
    rules, now = await rules_for(context, work, fact.client_id), await work.now()
    await insert(work, plan_next_payment(booking_of(fact), due, fact.hold_expires_at, rules, now))
