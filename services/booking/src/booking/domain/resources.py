"""What an offer may claim: people, things, and the counts of a day."""

from uuid import UUID, uuid5

from booking.domain.offer import Offer
from contracts.ids import AccountId, PlaceId, ServiceId, SessionId


def count_of_place(service_id: ServiceId, place_id: PlaceId) -> UUID:
    """The resource whose units are the bookings of a service that one day takes at a place."""
    return uuid5(service_id, f"place:{place_id}")


def count_of_client(service_id: ServiceId, client_id: AccountId) -> UUID:
    """The resource whose units are the bookings of a service that one day takes of one client."""
    return uuid5(service_id, f"client:{client_id}")


def seat_of_client(session_id: SessionId, client_id: AccountId) -> UUID:
    """The resource whose one unit is the seat that a client may have of a session."""
    return uuid5(session_id, f"client:{client_id}")


def resources_of(offer: Offer, client_id: AccountId | None) -> set[UUID]:
    """Everybody, everything and every count whose claims decide when it can start."""
    kinds = {kind for service in offer.services for kind in service.needs}
    staff = frozenset[UUID]().union(*(service.staff for service in offer.services))
    found: set[UUID] = {one.staff_id for one in offer.shop.schedules if one.staff_id in staff}
    for place in offer.shop.places.values():
        found.update(resource.id for resource in place.resources if resource.kind in kinds)
        found.update(
            count_of_place(service.id, place.id) for service in offer.services if service.caps.per_day is not None
        )
    if client_id is not None:
        found.update(
            count_of_client(service.id, client_id)
            for service in offer.services
            if service.caps.per_client_and_day is not None
        )
    return found
