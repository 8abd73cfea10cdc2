"""A provider calls off a whole day: somebody is ill, or the place is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from booking import store
from booking.domain.policy import Party
from booking.usecases.cancel import call_off
from booking.usecases.sessions import call_seats_off, call_session_off
from common.auth import Principal
from common.errors import NotFound
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import ProviderId, StaffId

_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class CancelDay:
    """All that stands of a provider's local day, of one member of staff or of all; `reason` goes with each."""

    provider_id: ProviderId
    day: date
    staff_id: StaffId | None = None
    reason: str | None = None


async def cancel_day(context: Context, vertical: Vertical, wanted: CancelDay, caller: Principal) -> int:
    """How many were cancelled, with all money back: 50 in a transaction, so a repeat goes on where this one ended.

    Staff call off what they attend themselves. NotFound for anybody else.
    """
    cancelled = 0
    # No session stays open with its staff away; what is left of its seats is among the bookings of the day.
    while (seats := await _cancel_session(context, vertical, wanted, caller)) is not None:
        cancelled += seats
    while True:
        async with context.uow.begin(vertical.id) as work:
            found = await _cancel_batch(work, vertical, wanted, caller)
            if not cancelled and not found:
                await _know(work, wanted)
        cancelled += found
        if found < _BATCH:
            return cancelled


async def _cancel_session(context: Context, vertical: Vertical, wanted: CancelDay, caller: Principal) -> int | None:
    async with context.uow.begin(vertical.id) as work:
        party, staff_ids = await _whose(work, vertical, wanted, caller)
        session = await store.lock_open_of_day(work, wanted.provider_id, wanted.day, staff_ids)
        if session is None:
            return None
        cancelled = await call_session_off(work, session, party, wanted.reason, caller)
        return await call_seats_off(work, cancelled, caller)


async def _cancel_batch(work: Work, vertical: Vertical, wanted: CancelDay, caller: Principal) -> int:
    party, staff_ids = await _whose(work, vertical, wanted, caller)
    batch = await store.lock_live_of_day(work, wanted.provider_id, wanted.day, staff_ids, _BATCH)
    # In the order of their ids: of a series paid in advance the one that paid comes first, as it was made first.
    for booking in batch:
        await call_off(work, booking, party, caller, wanted.reason, opens=False)
    return len(batch)


async def _know(work: Work, wanted: CancelDay) -> None:
    """NotFound for staff that nobody is. Who has left may still have had bookings, so it is asked when none was."""
    if wanted.staff_id and not await store.find_member(work, wanted.provider_id, wanted.staff_id):
        raise NotFound


async def _whose(
    work: Work, vertical: Vertical, wanted: CancelDay, caller: Principal
) -> tuple[Party, Sequence[StaffId] | None]:
    """As what the caller acts, and on whose bookings; None is everybody's."""
    asked = None if wanted.staff_id is None else [wanted.staff_id]
    if caller.has("operator", vertical.id):
        return Party.SYSTEM, asked
    standing = await store.find_standing(work, wanted.provider_id, caller.account_id)
    if standing.owns:
        return Party.PROVIDER, asked
    own = standing.staff_ids if asked is None else [one for one in standing.staff_ids if one in asked]
    if not own:
        raise NotFound
    return Party.STAFF, own
