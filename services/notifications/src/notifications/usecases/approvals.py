"""What a booking calls for that its provider has to accept. Each verb is harmless when repeated."""

from collections.abc import Sequence

from common.money import Money
from common.uow import Work
from contracts.booking import BookingApproved, BookingCreated, BookingRescheduled, BookingStatus
from contracts.envelope import Event
from notifications import store
from notifications.domain.approval_plan import plan_approved, plan_requested
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import insert, plan_move, rules_for
from notifications.usecases.readmodels import booking_of, keep_bookings
from notifications.usecases.series import ask_for_next_payment


async def keep_new_bookings(context: NotificationsContext, work: Work, events: Sequence[Event[BookingCreated]]) -> None:
    """Most call for nothing; the provider's owner is told of those that wait for an answer."""
    await keep_bookings(context, work, events)
    for event in events:
        if event.data.status is BookingStatus.PENDING:
            await _tell_owner(context, work, event)
        elif event.data.told_with_series:
            await ask_for_next_payment(context, work, event)


async def _tell_owner(context: NotificationsContext, work: Work, event: Event[BookingCreated]) -> None:
    fact = event.data
    if fact.owner_account_id is None or fact.hold_expires_at is None:
        return
    rules, now = await rules_for(context, work, fact.owner_account_id), await work.now()
    planned = plan_requested(booking_of(fact), fact.owner_account_id, fact.hold_expires_at, rules, now)
    await store.insert_planned(work, [*planned], event.traceparent)


async def follow_move(context: NotificationsContext, work: Work, event: Event[BookingRescheduled]) -> None:
    """What a move calls for; of one that still waits for an answer the owner is asked about the new start.

    What is still to be paid by itself is asked for in time for the new one.
    """
    await plan_move(context, work, event)
    fact = event.data
    if fact.paid_apart:
        await ask_for_next_payment(context, work, event)
    if fact.owner_account_id is None or fact.hold_expires_at is None:
        return
    rules, now = await rules_for(context, work, fact.owner_account_id), await work.now()
    until = fact.hold_expires_at
    await insert(work, plan_requested(booking_of(fact), fact.owner_account_id, until, rules, now, moved=True))


async def tell_approved(context: NotificationsContext, work: Work, event: Event[BookingApproved]) -> None:
    """Its client has to pay what is due, and until when."""
    fact = event.data
    await store.upsert_bookings(work, [booking_of(fact)])
    if fact.told_with_series:
        await ask_for_next_payment(context, work, event)
        return
    rules, now = await rules_for(context, work, fact.client_id), await work.now()
    until = fact.hold_expires_at or fact.starts_at
    await insert(work, plan_approved(booking_of(fact), Money.of(fact.due_now), until, rules, now))
