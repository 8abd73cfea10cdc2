"""What a booking's life and a refund call for. Each verb is harmless when repeated, and in any order of topics."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from common.money import Money
from common.telemetry import current_traceparent
from common.uow import Work
from contracts.booking import (
    ZONE_CHANGED,
    BookingCancelled,
    BookingConfirmed,
    BookingExpired,
    BookingFact,
    BookingRescheduled,
    CancelledBy,
)
from contracts.envelope import Event
from contracts.ids import AccountId
from contracts.payments import (
    PaymentAtPlace,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentFact,
    PaymentRefunded,
)
from notifications import store
from notifications.domain.approval_plan import plan_refused
from notifications.domain.booking import Booking
from notifications.domain.notification import Notification, Template
from notifications.domain.plan import (
    DisputeNews,
    Rules,
    plan_at_place,
    plan_called_off,
    plan_confirmed,
    plan_dispute,
    plan_moved,
    plan_refund,
    plan_reminders,
)
from notifications.usecases.context import NotificationsContext, known_channels
from notifications.usecases.readmodels import booking_of

_DECLINED: Final = "declined"
_BELOW_MINIMUM: Final = "below-minimum"
_OTHERS: Final = frozenset({CancelledBy.PROVIDER, CancelledBy.SYSTEM})


async def plan_confirmation(context: NotificationsContext, work: Work, event: Event[BookingConfirmed]) -> None:
    """Confirmations and reminders; a cancellation that was read first gets its notice now."""
    booking = await _merge(work, event.data)
    rules = await rules_for(context, work, booking.client_id)
    now = await work.now()
    if event.data.told_with_series:
        # The series has a message of its own, and so has what somebody else called off of it.
        await insert(work, plan_reminders(booking, rules, now))
        return
    await insert(work, [*plan_confirmed(booking, rules, now), *plan_called_off(booking, rules, now)])


async def plan_move(context: NotificationsContext, work: Work, event: Event[BookingRescheduled]) -> None:
    """Reminders of the new start instead of the old one's, and a notice."""
    booking = await _merge(work, event.data)
    rules = await rules_for(context, work, booking.client_id)
    now = await work.now()
    await store.void_reminders(work, booking.id, booking.starts_at)
    if event.data.reason == ZONE_CHANGED or event.data.told_with_series:
        # Nobody has to come at another time by the clock on the wall, or has been told of all of them.
        await insert(work, plan_reminders(booking, rules, now))
        return
    # The notice is of this move, also when a later one was read first: then it is overtaken before it is sent.
    moved = replace(booking_of(event.data), confirmed=booking.confirmed)
    await insert(work, [*plan_moved(moved, rules, now), *plan_reminders(booking, rules, now)])


async def call_off(
    context: NotificationsContext, work: Work, event: Event[BookingCancelled] | Event[BookingExpired]
) -> None:
    """No more reminders, and a notice unless its client called off, or did not pay, what was never confirmed."""
    booking = await _merge(work, event.data)
    rules = await rules_for(context, work, booking.client_id)
    await store.void_reminders(work, booking.id, None)
    if event.data.told_with_series:
        return
    now, refusal = await work.now(), _refusal_of(event.data)
    if refusal is not None:
        await insert(work, plan_refused(booking, refusal, rules, now))
    else:
        by_others, template = event.data.cancelled_by in _OTHERS, _reason_of(event.data)
        await insert(work, plan_called_off(booking, rules, now, by_others=by_others, template=template))


async def tell_refund(context: NotificationsContext, work: Work, event: Event[PaymentRefunded]) -> None:
    """A notice for each refund made."""
    fact = event.data
    rules = await rules_for(context, work, fact.client_id)
    refund = Money.of(fact.refund)
    await insert(work, plan_refund(fact.refund_id, fact.client_id, fact.booking_id, refund, rules, await work.now()))


async def tell_at_place(context: NotificationsContext, work: Work, event: Event[PaymentAtPlace]) -> None:
    """The client is told what its provider says it was handed: nobody else could object."""
    told = event.data
    rules, now = await rules_for(context, work, told.client_id), await work.now()
    about, paid = str(told.at_place_id), Money.of(told.amount)
    await insert(
        work, plan_at_place(about, told.client_id, told.booking_id, paid, voided=told.voided, rules=rules, now=now)
    )


async def tell_dispute(context: NotificationsContext, work: Work, event: Event[PaymentDisputed]) -> None:
    """A notice for the provider's owner once the dispute has a name, and one when documents are wanted for it."""
    fact = event.data
    if fact.owner_id is None or fact.dispute_id is None:
        return
    if fact.deadline is None:
        news = _news(fact, fact.owner_id, Template.DISPUTE_OPENED, f"{fact.dispute_id}:opened")
    else:
        about = f"{fact.dispute_id}:documents:{fact.deadline:%Y%m%d}"
        news = replace(_news(fact, fact.owner_id, Template.DOCUMENTS_DUE, about), expires_at=fact.deadline)
    await insert(work, plan_dispute(news, await rules_for(context, work, fact.owner_id), await work.now()))


async def tell_dispute_end(
    context: NotificationsContext, work: Work, event: Event[PaymentDisputeWon] | Event[PaymentDisputeLost]
) -> None:
    """A notice for the provider's owner each time it is decided."""
    fact = event.data
    if fact.owner_id is None:
        return
    template = Template.DISPUTE_WON if isinstance(fact, PaymentDisputeWon) else Template.DISPUTE_LOST
    news = _news(fact, fact.owner_id, template, f"{fact.payment_id}:decided:v{fact.version}")
    await insert(work, plan_dispute(news, await rules_for(context, work, fact.owner_id), await work.now()))


def _news(fact: PaymentFact, owner_id: AccountId, template: Template, about: str) -> DisputeNews:
    contested = Money.of(fact.captured) - Money.of(fact.refunded)
    return DisputeNews(template, about, owner_id, fact.booking_id, contested)


def _refusal_of(fact: BookingCancelled | BookingExpired) -> Template | None:
    """What its client is told of a booking that was never more than a wish: its provider said no, or nothing."""
    if isinstance(fact, BookingExpired):
        return Template.UNANSWERED if fact.unanswered else None
    return Template.DECLINED if fact.reason == _DECLINED else None


def _reason_of(fact: BookingCancelled | BookingExpired) -> Template:
    """A group that too few joined is nobody's doing: its clients are told that it was that."""
    too_few = isinstance(fact, BookingCancelled) and fact.reason == _BELOW_MINIMUM
    return Template.BELOW_MINIMUM if too_few else Template.CANCELLED


async def _merge(work: Work, fact: BookingFact) -> Booking:
    """The newest state known of the booking, this fact included, locked."""
    await store.upsert_bookings(work, [booking_of(fact)])
    return await store.lock_booking(work, fact.booking_id)


async def rules_for(context: NotificationsContext, work: Work, account_id: AccountId) -> Rules:
    """The vertical's channels, without those that do not reach the person, as far as that is known.

    Where none does, the best one stays: its row ends void and says why, instead of nothing saying anything.
    """
    vertical = context.verticals.get(work.scope)
    channels = known_channels(vertical)
    card = await store.find_card(work, account_id)
    if card is not None:
        channels = tuple(channel for channel in channels if channel in card.reachable) or channels[:1]
    return Rules(channels, tuple(dict.fromkeys(vertical.channels.reminder_hours)))


async def insert(work: Work, planned: Iterable[Notification]) -> None:
    """What is not planned yet."""
    rows = list(planned)
    if rows:
        await store.insert_planned(work, rows, current_traceparent())
