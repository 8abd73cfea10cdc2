"""What booking tells of its waitlist: who waits for what, who is offered a freed slot, and how the wait ended."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Fact
from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId, StaffId, WaitlistId


class WaitStatus(StrEnum):
    """Where a wait stands. The last three are its ends: the offer was taken, given up, or its time is over."""

    WAITING = "waiting"
    OFFERED = "offered"
    FULFILLED = "fulfilled"
    LEFT = "left"
    LAPSED = "lapsed"


class WaitlistFact(Fact):
    """The whole public state of one wait; its id says since when. Instants are UTC."""

    owner: ClassVar[str] = "booking"

    waitlist_id: WaitlistId
    provider_id: ProviderId
    client_id: AccountId
    service_ids: tuple[ServiceId, ...]
    """One service, or those of a visit in turn."""
    staff_id: StaffId | None = None
    """Who must begin; None: anybody."""
    place_id: PlaceId | None = None
    wanted_from: datetime
    wanted_to: datetime
    status: WaitStatus

    @property
    def subject(self) -> UUID:
        return self.waitlist_id


class WaitlistJoined(WaitlistFact):
    """Somebody waits: from now on, or again in the old place because an offer was not taken."""

    topic: ClassVar[str] = "waitlist.joined"


class WaitlistOffered(WaitlistFact):
    """A slot came free and is held for whoever waited longest: `booking_id` says all of it."""

    topic: ClassVar[str] = "waitlist.offered"

    booking_id: BookingId
    starts_at: datetime
    offer_expires_at: datetime
    """Until when it is to be paid or, where nothing is due, accepted."""


class WaitlistClosed(WaitlistFact):
    """The wait is over: `status` says how."""

    topic: ClassVar[str] = "waitlist.closed"


FACTS: Final[tuple[type[Fact], ...]] = (WaitlistJoined, WaitlistOffered, WaitlistClosed)
