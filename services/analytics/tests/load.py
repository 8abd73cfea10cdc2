"""How many events a second the projection takes, for benches: needs no test runner."""

from datetime import timedelta
from time import perf_counter
from typing import Final

from services.analytics.tests.builders import DEPOSIT, NOON, Shop

from analytics import usecases
from analytics.usecases import AnalyticsContext
from common.testing import event
from contracts.booking import BookingFact, BookingStatus
from contracts.envelope import Event
from contracts.ids import new_id
from contracts.payments import PaymentFact

_PER_BOOKING: Final = 4
_SHOPS: Final = 20
_DAYS: Final = 5


Topics = tuple[list[Event[BookingFact]], list[Event[PaymentFact]], list[Event[PaymentFact]], list[Event[BookingFact]]]


def business(events: int) -> Topics:
    """At least so many events by topic: bookings created, payments begun and made, bookings confirmed, of 20 shops."""
    shops = [Shop(city=("Córdoba", "Rosario", "Mendoza", "Salta")[number % 4]) for number in range(_SHOPS)]
    topics: Topics = ([], [], [], [])
    for number in range(-(-events // _PER_BOOKING)):
        shop, booking_id, payment_id = shops[number % _SHOPS], new_id(), new_id()
        made = NOON + timedelta(days=number % _DAYS)
        topics[0].append(event(shop.booking(BookingStatus.HELD, 1, booking_id, made)))
        topics[1].append(event(shop.payment(version=1, payment_id=payment_id)))
        topics[2].append(event(shop.payment(DEPOSIT, 0, 2, payment_id, made)))
        topics[3].append(event(shop.booking(BookingStatus.CONFIRMED, 2, booking_id, made)))
    return topics


async def project_in_batches(context: AnalyticsContext, topics: Topics, batch: int = 500) -> float:
    """Project topic by topic, a transaction per batch, from decoded events to the commit; events per second."""
    created, begun, made, confirmed = topics
    started = perf_counter()
    for bookings in (created, confirmed):
        for start in range(0, len(bookings), batch):
            async with context.uow.begin("barber") as work:
                await usecases.project_bookings(context, work, bookings[start : start + batch])
    for payments in (begun, made):
        for start in range(0, len(payments), batch):
            async with context.uow.begin("barber") as work:
                await usecases.project_payments(context, work, payments[start : start + batch])
    return sum(len(events) for events in topics) / (perf_counter() - started)
