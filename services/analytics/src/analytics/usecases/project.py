"""Projections: a batch of events in one transaction; the latest state of each aggregate counts, whatever the order."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from analytics import store
from analytics.domain.feed import FeedKind
from analytics.domain.figures import Standing, booking_figures, day_of, payment_figures
from analytics.metrics import FACTS_NEWER
from analytics.usecases.context import AnalyticsContext
from common.money import Money
from common.uow import Work
from contracts.base import Fact
from contracts.booking import BookingFact
from contracts.envelope import Event
from contracts.ids import instant_of
from contracts.payments import PaymentFact, PaymentPurpose
from contracts.providers import ProviderFact

F = TypeVar("F", bound=Fact)


async def project_bookings(context: AnalyticsContext, work: Work, events: Sequence[Event[BookingFact]]) -> None:
    """Facts, counters and feed of the bookings in the batch."""
    facts = _latest(events)
    rows, payloads = [_booking_row(fact) for fact in facts], [_booking_payload(fact) for fact in facts]
    _tell(context, work, FeedKind.BOOKING, await store.write_bookings(work, rows, payloads))


async def project_payments(context: AnalyticsContext, work: Work, events: Sequence[Event[PaymentFact]]) -> None:
    """Facts, counters and feed of the payments in the batch."""
    facts = _latest(events)
    rows, payloads = [_payment_row(fact) for fact in facts], [_payment_payload(fact) for fact in facts]
    _tell(context, work, FeedKind.PAYMENT, await store.write_payments(work, rows, payloads))


async def project_providers(_context: AnalyticsContext, work: Work, events: Sequence[Event[ProviderFact]]) -> None:
    """Whose figures are whose."""
    await store.upsert_providers(work, [_provider_row(fact) for fact in _latest(events)])


def _tell(context: AnalyticsContext, work: Work, kind: FeedKind, newer: int) -> None:
    if newer:
        FACTS_NEWER.labels(work.scope, kind).inc(newer)
        work.after_commit(partial(context.wake_feed, work.scope))


def _latest(events: Iterable[Event[F]]) -> list[F]:
    """As `common.subscriptions.newest`, but in the order in which they came: the feed tells them in that order."""
    latest: dict[UUID, F] = {}
    for event in events:
        known = latest.get(event.subject)
        if known is None or known.version < event.sequence:
            latest[event.subject] = event.data
    return list(latest.values())


def _booking_row(fact: BookingFact) -> store.BookingRow:
    figures = booking_figures(Standing(fact.status.value))
    return store.BookingRow(
        booking_id=fact.booking_id,
        sequence=fact.version,
        status=fact.status.value,
        local_date=day_of(fact.created_at, fact.zone),
        provider_id=fact.provider_id,
        city=fact.city,
        province=fact.province,
        place_id=fact.place_id,
        service_id=fact.service_id,
        created_at=fact.created_at,
        starts_at=fact.starts_at,
        price=fact.price.minor,
        paid=fact.paid.minor,
        refunded=fact.refunded.minor,
        bookings_created=figures.bookings_created,
        bookings_held=figures.bookings_held,
        confirmed=figures.confirmed,
        cancelled=figures.cancelled,
        completed=figures.completed,
        no_show=figures.no_show,
        expired=figures.expired,
    )


def _booking_payload(fact: BookingFact) -> dict[str, object]:
    return {
        "bookingId": fact.booking_id,
        "serviceId": fact.service_id,
        "status": fact.status,
        "sequence": fact.version,
        "startsAt": fact.starts_at,
        "city": fact.city,
        "province": fact.province,
        "price": fact.price.minor,
        "dueNow": fact.due_now.minor,
        "paid": fact.paid.minor,
        "refunded": fact.refunded.minor,
    }


def _payment_row(fact: PaymentFact) -> store.PaymentRow:
    # A tip is the worker's and no revenue.
    counts = fact.purpose is not PaymentPurpose.TIP
    figures = payment_figures(
        *(Money.of(one) if counts else Money.zero(one.currency) for one in (fact.captured, fact.refunded))
    )
    return store.PaymentRow(
        payment_id=fact.payment_id,
        sequence=fact.version,
        status=fact.status.value,
        # A capture without its instant still counts: on the day the intent was made, which its id tells.
        local_date=day_of(fact.paid_at or instant_of(fact.payment_id)),
        provider_id=fact.provider_id,
        city=fact.city,
        province=fact.province,
        booking_id=fact.booking_id,
        method=fact.method,
        amount=fact.amount.minor,
        paid_at=fact.paid_at,
        revenue_captured=figures.revenue_captured,
        revenue_refunded=figures.revenue_refunded,
    )


def _payment_payload(fact: PaymentFact) -> dict[str, object]:
    return {
        "paymentId": fact.payment_id,
        "bookingId": fact.booking_id,
        "purpose": fact.purpose,
        "status": fact.status,
        "sequence": fact.version,
        "method": fact.method,
        "city": fact.city,
        "province": fact.province,
        "amount": fact.amount.minor,
        "captured": fact.captured.minor,
        "refunded": fact.refunded.minor,
    }


def _provider_row(fact: ProviderFact) -> store.ProviderRow:
    return store.ProviderRow(
        provider_id=fact.provider_id,
        sequence=fact.version,
        owner_account_id=fact.owner_account_id,
        display_name=fact.display_name,
        status=fact.status.value,
    )
