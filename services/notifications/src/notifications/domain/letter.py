"""A message on its way: the only thing here that holds a person's data, in memory alone and for one sending."""

from dataclasses import dataclass
from datetime import datetime

from common.money import Money
from contracts.ids import NotificationId
from notifications.domain.booking import Booking
from notifications.domain.calendar import Invite
from notifications.domain.dossier import Place
from notifications.domain.notification import Template
from notifications.domain.payment import Payment


@dataclass(frozen=True, slots=True)
class Niche:
    """What the vertical calls things: `turno` or `sesión`, `barbería` or `consultorio`."""

    client: str
    appointment: str
    place: str
    cancel: str
    """How to call it off, a sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is told of a booking. `service_name` is None where the vertical does not name services.

    `place` is None where it never reached us and the template does not name one.
    """

    booking: Booking
    provider_name: str
    place: Place | None
    service_name: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """Everything a channel needs. `to` is an E.164 number or a mail address. It has no repr: never log it."""

    notification_id: NotificationId
    template: Template
    to: str
    name: str
    niche: Niche
    at: datetime
    """When it is being sent."""
    visit: Visit | None = None
    refund: Money | None = None
    until: datetime | None = None
    """Until when something is asked for, where it is."""
    code: str | None = None
    tracking_code: str | None = None
    withdraw_at: str | None = None
    """The page on which the booking can be withdrawn from, where the message names it."""
    invite: Invite | None = None
    payment: Payment | None = None
    """How it is paid elsewhere."""
    many: int | None = None
    """How many appointments it is about."""
