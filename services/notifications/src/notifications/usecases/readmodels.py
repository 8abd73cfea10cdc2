"""What messages speak of: providers, services and bookings, kept as their owners publish them."""

from collections.abc import Sequence

from common.subscriptions import newest
from common.uow import Work
from contracts.booking import BookingFact
from contracts.envelope import Event
from contracts.ids import PlaceId, ProviderId
from contracts.providers import PlacePart, ProviderFact, ServicePublished
from notifications import store
from notifications.domain.booking import Booking, BookingStatus
from notifications.usecases.context import NotificationsContext


async def keep_providers(_context: NotificationsContext, work: Work, events: Sequence[Event[ProviderFact]]) -> None:
    """Trade names and places, those that closed within the batch included."""
    seen: dict[ProviderId, dict[PlaceId, PlacePart]] = {}
    for event in sorted(events, key=lambda event: event.sequence):
        seen.setdefault(event.data.provider_id, {}).update({place.place_id: place for place in event.data.places})
    facts = [fact.model_copy(update={"places": (*seen[fact.provider_id].values(),)}) for fact in newest(events)]
    await store.upsert_providers(work, facts)


async def keep_services(_context: NotificationsContext, work: Work, events: Sequence[Event[ServicePublished]]) -> None:
    """Names of services."""
    await store.upsert_services(work, newest(events))


async def keep_bookings(_context: NotificationsContext, work: Work, events: Sequence[Event[BookingFact]]) -> None:
    """States that call for no message of their own, but decide whether one is still due."""
    await store.upsert_bookings(work, [booking_of(fact) for fact in newest(events)])


def booking_of(fact: BookingFact) -> Booking:
    """The booking as this one fact tells it."""
    return Booking(
        id=fact.booking_id,
        version=fact.version,
        status=BookingStatus(fact.status),
        client_id=fact.client_id,
        provider_id=fact.provider_id,
        place_id=fact.place_id,
        service_id=fact.service_id,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        zone=fact.zone,
    )
