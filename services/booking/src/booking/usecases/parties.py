"""Who may act on a booking, and as what. It is looked up, never in the token."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from booking import store
from booking.domain.booking import Booking
from booking.domain.policy import Party
from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import BookingId, ProviderId, StaffId


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: a principal, or whoever holds the booking's link (then `principal` is None)."""

    principal: Principal | None


async def manager_of(session: Session, vertical: Vertical, booking: Booking, caller: Principal) -> Party | None:
    """What the caller is on the provider's side: an operator, its owner, whoever attends it; None for anybody else."""
    return await side_of(session, vertical, booking.provider_id, booking.staff_ids, caller)


async def side_of(
    session: Session, vertical: Vertical, provider_id: ProviderId, staff_ids: Set[StaffId], caller: Principal
) -> Party | None:
    """The same of anything that these members of staff attend."""
    if caller.has("operator", vertical.id):
        return Party.SYSTEM
    standing = await store.find_standing(session, provider_id, caller.account_id)
    if standing.owns:
        return Party.PROVIDER
    return Party.STAFF if staff_ids & set(standing.staff_ids) else None


async def is_insider(session: Session, vertical: Vertical, provider_id: ProviderId, caller: Principal | None) -> bool:
    """Whether the caller is on the provider's side, whomever of the staff it is about."""
    if caller is None or caller.has("operator", vertical.id):
        return caller is not None
    standing = await store.find_standing(session, provider_id, caller.account_id)
    return standing.owns or bool(standing.staff_ids)


async def party_of(session: Session, vertical: Vertical, booking: Booking, by: By) -> Party | None:
    """What whoever acts is to the booking; None for a stranger."""
    if by.principal is None or by.principal.account_id == booking.client_id:
        return Party.CLIENT
    return await manager_of(session, vertical, booking, by.principal)


async def own_of(
    session: Session, vertical: Vertical, bookings: Sequence[Booking], by: By
) -> tuple[Party | None, Sequence[Booking]]:
    """Which of one client's bookings are those of whoever acts, and as what; staff's are what they attend."""
    first, *_ = bookings
    if by.principal is None or by.principal.account_id == first.client_id:
        return Party.CLIENT, bookings
    everybody = {each for one in bookings for each in one.staff_ids}
    party = await side_of(session, vertical, first.provider_id, everybody, by.principal)
    if party is not Party.STAFF:
        return party, bookings if party is not None else ()
    mine = set((await store.find_standing(session, first.provider_id, by.principal.account_id)).staff_ids)
    return party, [one for one in bookings if one.staff_ids & mine]


async def lock_for_party(work: Work, vertical: Vertical, booking_id: BookingId, by: By) -> tuple[Booking, Party]:
    """The booking FOR UPDATE, for its client and the provider's side; NotFound for anybody else."""
    booking = await store.lock_booking(work, booking_id)
    party = await party_of(work, vertical, booking, by) if booking is not None else None
    if booking is None or party is None:
        raise NotFound
    return booking, party


async def lock_for_manager(
    work: Work, vertical: Vertical, booking_id: BookingId, caller: Principal
) -> tuple[Booking, Party]:
    """The booking FOR UPDATE, for the provider's side alone; NotFound for anybody else."""
    booking = await store.lock_booking(work, booking_id)
    party = await manager_of(work, vertical, booking, caller) if booking is not None else None
    if booking is None or party is None:
        raise NotFound
    return booking, party
