"""Who may see which bookings, and the current state of all for a new reader."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.policy import Party
from booking.usecases import audited
from booking.usecases.facts import tell
from booking.usecases.parties import By, party_of
from common.auth import Principal
from common.errors import NotFound
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import (
    BookingArrived,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingCreated,
    BookingExpired,
    BookingFact,
    BookingNoShow,
)
from contracts.ids import BookingId, ProviderId

_SNAPSHOT_PAGE: Final = 200
_TOLD_AS: Final[dict[Status, type[BookingFact]]] = {
    Status.PENDING: BookingCreated,
    Status.HELD: BookingCreated,
    Status.CONFIRMED: BookingConfirmed,
    Status.ARRIVED: BookingArrived,
    Status.COMPLETED: BookingCompleted,
    Status.NO_SHOW: BookingNoShow,
    Status.CANCELLED: BookingCancelled,
    Status.EXPIRED: BookingExpired,
}


async def get_booking(context: Context, vertical: Vertical, booking_id: BookingId, by: By) -> Booking:
    """The booking, for its client, whoever attends it, its provider, an operator, or the holder of its link."""
    async with context.uow.read(vertical.id) as session:
        booking = await store.find_booking(session, booking_id)
        party = await party_of(session, vertical, booking, by) if booking is not None else None
    if booking is None or party is None:
        raise NotFound
    if by.principal is not None and party is not Party.CLIENT:
        async with context.uow.begin(vertical.id) as work:
            work.audit(audited.booking_read(booking, by.principal, party))
    return booking


async def list_client_bookings(
    context: Context, vertical: Vertical, caller: Principal, before: UUID, most: int
) -> Sequence[Booking]:
    """The caller's own, newest first."""
    async with context.uow.read(vertical.id) as session:
        return await store.page_of_client(session, caller.account_id, before, most)


async def list_provider_day(
    context: Context, vertical: Vertical, caller: Principal, provider_id: ProviderId, day: date, before: UUID, most: int
) -> Sequence[Booking]:
    """The agenda of one local day, staff's with what they attend themselves; NotFound for anybody else."""
    async with context.uow.begin(vertical.id) as work:
        standing = await store.find_standing(work, provider_id, caller.account_id)
        sees_all = standing.owns or caller.has("operator", vertical.id)
        if not sees_all and not standing.staff_ids:
            raise NotFound
        whose = None if sees_all else standing.staff_ids
        page = await store.page_of_provider_day(work, provider_id, day, whose, before, most)
        # The screens of those whose day it is ask again and again: that is no news.
        if sees_all and not standing.owns:
            work.audit(audited.agenda_read(provider_id, day, caller, len(page)))
        return page


async def snapshot_bookings(work: Work, after: UUID) -> Sequence[BookingFact]:
    """The current state of the next bookings, each under the fact that its status stands for."""
    return [tell(_TOLD_AS[one.status], one) for one in await store.page_current(work, after, _SNAPSHOT_PAGE)]
