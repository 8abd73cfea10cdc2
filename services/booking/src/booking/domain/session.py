"""A group session: one appointment of the staff's with seats for several clients, which takes place or is called off.

A seat is a booking. What it claims are counts: one of the session's so many seats, and the one that each client may
have of it. The database's constraint bounds both, and they stay taken when the session is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.offer import Service
from booking.domain.policy import Party
from booking.domain.refusals import DayFull, DecidedTooSoon, SeatHeld, SessionFull, SessionOver
from booking.domain.resources import count_of_client, seat_of_client
from booking.domain.seat import Seat
from booking.domain.span import Span, whole_day
from booking.domain.taken import Claim, Taken
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ServiceId, SessionId, StaffId

BELOW_MINIMUM: Final = "below-minimum"
"""Why the system calls a session off."""


class SessionStatus(StrEnum):
    """OPEN has its staff and things, and takes seats until it starts; a session that took place stays open."""

    OPEN = "open"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class GroupSession:
    """When and where it is as its seats have it.

    `due_at` is when it must be looked at again: open, to decide whether it takes place; cancelled, as long as seats of
    it are still to be called off. None once nothing is due.
    """

    id: SessionId
    version: int
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    resource_ids: Sequence[ResourceId]
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    city: str
    province: str
    starts_local: datetime
    seats: int
    minimum: int
    decide_at: datetime
    due_at: datetime | None
    status: SessionStatus
    created_at: datetime
    cancelled_by: Party | None = None
    reason: str | None = None

    @property
    def during(self) -> Span:
        """From its start to its end, without buffers."""
        return Span(self.starts_at, self.ends_at)

    @property
    def day(self) -> Span:
        """The whole local day on which it is."""
        return whole_day(self.local_date, ZoneInfo(self.zone))

    @property
    def seat(self) -> Seat:
        """Where each of its bookings is."""
        return Seat(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            local_date=self.local_date,
            place_id=self.place_id,
            staff_id=self.staff_id,
            resource_ids=self.resource_ids,
            zone=self.zone,
            city=self.city,
            province=self.province,
            starts_local=self.starts_local,
        )

    def takes_seats(self, now: datetime) -> bool:
        """Whether somebody may still join."""
        return self.status is SessionStatus.OPEN and now < self.starts_at

    def must_be_ahead(self, now: datetime) -> None:
        """SessionOver when it was called off, or has begun."""
        if not self.takes_seats(now):
            raise SessionOver(sessionStatus=self.status.value)

    def cancel(self, by: Party, reason: str | None, now: datetime) -> "GroupSession":
        """Its staff and things are free; its seats are due to be called off. SessionOver as above."""
        self.must_be_ahead(now)
        return self._ended(by, reason, now)

    def decide(self, sure: int, now: datetime) -> "GroupSession":
        """Called off when fewer than its minimum are sure to come; else nothing is due any more, and it takes place.

        One that has begun before anybody could decide takes place too.
        """
        if sure < self.minimum and now < self.starts_at:
            return self._ended(Party.SYSTEM, BELOW_MINIMUM, now)
        return self.settled()

    def settled(self) -> "GroupSession":
        """Nothing is due. No fact of ours, so the version stays."""
        return replace(self, due_at=None)

    def at_instant(self, starts_at: datetime) -> "GroupSession":
        """At the same wall-clock time, which is another instant now."""
        by = starts_at - self.starts_at
        due = self.due_at + by if self.due_at is not None and self.status is SessionStatus.OPEN else self.due_at
        return replace(
            self,
            version=self.version + 1,
            starts_at=starts_at,
            ends_at=self.ends_at + by,
            decide_at=self.decide_at + by,
            due_at=due,
        )

    def _ended(self, by: Party, reason: str | None, now: datetime) -> "GroupSession":
        return replace(
            self,
            version=self.version + 1,
            status=SessionStatus.CANCELLED,
            cancelled_by=by.side,
            reason=reason,
            due_at=now,
        )


def decided_at(starts_at: datetime, before: timedelta, now: datetime) -> datetime:
    """So long before the start; DecidedTooSoon when nobody could take a seat by then."""
    at = starts_at - before
    if at <= now:
        raise DecidedTooSoon(hours=before // timedelta(hours=1))
    return at


def most_of_seat(session: GroupSession, service: Service, client_id: AccountId) -> dict[UUID, tuple[Span, int]]:
    """Of how many a client has one with a seat, and for how long: of one seat, and of the day where that is bounded."""
    most = {seat_of_client(session.id, client_id): (session.during, 1)}
    if service.caps.per_client_and_day is not None:
        most[count_of_client(service.id, client_id)] = (session.day, service.caps.per_client_and_day)
    return most


def claims_of_seat(session: GroupSession, service: Service, taken: Taken, client_id: AccountId) -> Sequence[Claim]:
    """A seat for this client, as it is inserted. SeatHeld, SessionFull, or DayFull by the service's cap of a client."""
    claims = []
    for resource, (during, most) in most_of_seat(session, service, client_id).items():
        unit = taken.free_unit(resource, most, during)
        if unit is None or taken.count(resource, during) >= most:
            raise SeatHeld if resource == seat_of_client(session.id, client_id) else DayFull
        claims.append(Claim(resource, unit, during, counts=True))
    seat = free_seat(session, taken, client_id)
    if seat is None:
        raise SessionFull
    claims.append(Claim(session.id, seat, session.during, counts=True))
    return sorted(claims, key=lambda claim: (claim.resource, claim.unit))


def free_seat(session: GroupSession, taken: Taken, client_id: AccountId) -> int | None:
    """Clients who come at once try different seats, so that each need not wait for all before it."""
    return taken.free_unit(session.id, session.seats, session.during, client_id.int)
