"""What is known, at the moment of sending, of everything a message speaks of; and what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notifications.domain.booking import Booking, BookingStatus
from notifications.domain.notification import ABOUT_NO_BOOKING, DOUBTS, TO_PAY, Channel, Notification, Reason, Template
from notifications.domain.payment import Payment, PaymentState

AT_A_PLACE: Final = frozenset(
    {
        Template.CONFIRMED,
        Template.REMINDER,
        Template.RESCHEDULED,
        Template.SERIES_CONFIRMED,
        Template.SERIES_RESCHEDULED,
    }
)
"""Templates that say where; the others go out also when the place never reached us."""
_ABOUT_A_START: Final = frozenset({Template.REMINDER, Template.RESCHEDULED})
_ASKS_OF: Final = {
    Template.REQUESTED: BookingStatus.PENDING,
    Template.APPROVED: BookingStatus.HELD,
    Template.TO_PAY_NEXT: BookingStatus.HELD,
    Template.OFFERED: BookingStatus.HELD,
}
"""What asks somebody to do something, as long as the booking waits for just that."""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact without what is sealed in it: the version, and which channels reach the person."""

    version: int
    reachable: frozenset[Channel]
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the provider works: the business's address, published by its owner."""

    name: str
    address: str
    city: str


@dataclass(frozen=True, slots=True)
class House:
    """What the vertical decides: its channels, best first, and whether a message may name the service."""

    channels: tuple[Channel, ...]
    names_service: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """None is what has not reached us yet."""

    contact: ContactCard | None
    booking: Booking | None
    provider_name: str | None
    place: Place | None
    service_name: str | None
    muted: frozenset[Channel]
    """Channels on which the account wants no reminders."""
    house: House
    payment: Payment | None = None

    def way_of_reminders(self, contact: ContactCard) -> Channel | None:
        """The best channel that reaches the person and is not muted."""
        open_ways = contact.reachable - self.muted
        return next((channel for channel in self.house.channels if channel in open_ways), None)


def judge(notification: Notification, dossier: Dossier, now: datetime) -> Notification:
    """The row as it must be written now: leased when it is to be sent, otherwise void, failed or waiting."""
    taken = notification.taken(now)
    if taken.doubts >= DOUBTS:
        return taken.failed(Reason.UNDECIDED)
    pointless = _pointless(notification, dossier)
    if pointless is not None:
        return taken.void(pointless)
    if now >= notification.expires_at:
        return taken.lapsed()
    missing = _missing(notification, dossier)
    if missing is not None:
        return taken.waiting(now, missing)
    return _by_the_best_way(taken, dossier, now)


def _pointless(notification: Notification, dossier: Dossier) -> Reason | None:
    contact = dossier.contact
    if contact is not None:
        if contact.erased:
            return Reason.ERASED
        if notification.contact_version is not None and contact.version != notification.contact_version:
            return Reason.SUPERSEDED
        if notification.template is Template.REMINDER:
            if dossier.way_of_reminders(contact) is None:
                return Reason.MUTED if contact.reachable else Reason.NO_ADDRESS
        elif notification.channel not in contact.reachable:
            return Reason.NO_ADDRESS
    return Reason.OVERTAKEN if _overtaken(notification, dossier) else None


def _overtaken(notification: Notification, dossier: Dossier) -> bool:
    """Whether the booking or the payment has moved on from what the message says of it."""
    if dossier.booking is not None and _booking_moved_on(notification, dossier.booking):
        return True
    said = PaymentState.OPEN if notification.template in TO_PAY else PaymentState.RAN_OUT
    return dossier.payment is not None and dossier.payment.state is not said


def _booking_moved_on(notification: Notification, booking: Booking) -> bool:
    # What is told of a series is told of it whatever became of each, in whichever order the facts came.
    if notification.template in _ABOUT_A_START and notification.many is None:
        return booking.status is not BookingStatus.CONFIRMED or booking.starts_at != notification.starts_at
    if notification.template in _ASKS_OF:
        # Of one that was moved its provider, or who is to pay for it, is asked anew.
        asked_anew = notification.template in (Template.REQUESTED, Template.TO_PAY_NEXT)
        moved = asked_anew and booking.starts_at != notification.starts_at
        return moved or booking.status is not _ASKS_OF[notification.template]
    return notification.template in {Template.CONFIRMED, *TO_PAY} and booking.called_off


def _missing(notification: Notification, dossier: Dossier) -> Reason | None:
    if dossier.contact is None:
        return Reason.NO_CONTACT
    if notification.template in ABOUT_NO_BOOKING:
        return None
    if dossier.booking is None:
        return Reason.NO_BOOKING
    if dossier.provider_name is None or (dossier.place is None and notification.template in AT_A_PLACE):
        return Reason.NO_PROVIDER
    if dossier.house.names_service and dossier.service_name is None:
        return Reason.NO_SERVICE
    return None


def _by_the_best_way(taken: Notification, dossier: Dossier, now: datetime) -> Notification:
    """A reminder goes once, by whatever channel is the best by now; all else by the channel it was planned on."""
    if taken.template is not Template.REMINDER or dossier.contact is None:
        return taken
    way = dossier.way_of_reminders(dossier.contact)
    return taken if way is None or way is taken.channel else taken.rerouted(now, way)
