"""Waiting for a slot: joining the line, seeing who is in it, leaving it, and its end when the time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.offer import Offer
from booking.domain.policy import Party
from booking.domain.refusals import NotOffered, StandsWithFirst
from booking.domain.span import Span
from booking.domain.waiting import Wait, WaitStatus, accept, admit, own_place
from booking.usecases import audited
from booking.usecases.cancel import call_off
from booking.usecases.contention import LostHoldNumber
from booking.usecases.facts import tell, tell_wait
from booking.usecases.freeing import fulfil
from booking.usecases.parties import By, lock_for_party
from common.auth import Principal
from common.errors import Busy, NotFound
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingConfirmed
from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId, StaffId, WaitlistId, new_id
from contracts.waitlist import WaitlistClosed, WaitlistJoined

_ATTEMPTS: Final = 3
_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Join:
    """A client waits for a service, or several in one visit, within a window; with whom and where may be left open."""

    client_id: AccountId
    service_ids: Sequence[ServiceId]
    wanted: Span
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None


async def join_waitlist(context: Context, vertical: Vertical, wanted: Join, once: Once | None) -> Wait:
    """The place in line; AlreadyWaiting for just this, TooManyWaits beyond ten at once."""
    for _ in range(_ATTEMPTS):
        try:
            async with context.uow.begin(vertical.id, once) as work:
                return await work.finish(await _join(work, vertical, wanted))
        except LostHoldNumber:
            continue
    raise Busy


async def leave_waitlist(context: Context, vertical: Vertical, wait_id: WaitlistId, caller: Principal) -> Wait:
    """It waits no more, and what was held for it goes to the next; what is over already stays as it is."""
    async with context.uow.begin(vertical.id) as work:
        seen = await store.find_wait(work, wait_id)
        if seen is None or seen.client_id != caller.account_id:
            raise NotFound
        # In the order in which whoever ends a booking locks them: the booking, then the wait.
        held = await _lock_held(work, seen)
        if held is not None:
            # What came free is locked before who waits for it, here too.
            await store.awaken_freed(work, wait_id)
        wait = await store.lock_wait(work, wait_id)
        if wait is None or wait.offer_booking_id != seen.offer_booking_id:
            raise Busy
        if not wait.status.is_open:
            return wait
        left = wait.leave()
        await store.save_wait(work, left)
        await work.publish(tell_wait(WaitlistClosed, left))
        if held is not None and held.status is Status.HELD:
            await call_off(work, held, Party.CLIENT, caller)
        return left


async def accept_booking(
    context: Context, vertical: Vertical, booking_id: BookingId, by: By, once: Once | None
) -> Booking:
    """Its client takes an offer for which nothing is due; NotFound for anybody else."""
    async with context.uow.begin(vertical.id, once) as work:
        booking, party = await lock_for_party(work, vertical, booking_id, by)
        if party is not Party.CLIENT:
            raise NotFound
        if booking.series_id is not None:
            raise StandsWithFirst
        accepted = accept(booking)
        if accepted is not booking:
            await store.save_booking(work, accepted)
            await work.publish(tell(BookingConfirmed, accepted))
            await fulfil(work, accepted.id)
        return await work.finish(accepted)


async def list_waits(
    context: Context, vertical: Vertical, caller: Principal, before: UUID, most: int
) -> Sequence[Wait]:
    """The caller's own, newest first."""
    async with context.uow.read(vertical.id) as session:
        return await store.page_of_waiter(session, caller.account_id, before, most)


async def list_provider_waits(
    context: Context, vertical: Vertical, caller: Principal, provider_id: ProviderId, before: UUID, most: int
) -> Sequence[Wait]:
    """Who waits at a provider, for its owner or an operator; NotFound for anybody else."""
    async with context.uow.begin(vertical.id) as work:
        is_own = (await store.find_standing(work, provider_id, caller.account_id)).owns
        if not is_own and not caller.has("operator", vertical.id):
            raise NotFound
        page = await store.page_at_provider(work, provider_id, before, most)
        if not is_own:
            work.audit(audited.waitlist_read(provider_id, caller, len(page)))
        return page


async def lapse_waits(context: Context, scope: str) -> int:
    """Whose window is over waits no more."""
    async with context.uow.begin(scope) as work:
        over = [wait.lapse() for wait in await store.lock_waits_over(work, _BATCH)]
        for wait in over:
            await store.save_wait(work, wait)
        await work.publish(*map(partial(tell_wait, WaitlistClosed), over))
    return len(over)


async def _join(work: Work, vertical: Vertical, wanted: Join) -> Wait:
    found = await store.find_offer(work, vertical, wanted.service_ids)
    if found is None:
        raise NotFound
    offer, now = found
    if not offer.bookable:
        raise NotOffered
    _must_be_there(offer, wanted)
    admit(offer, wanted.wanted, now)
    wait = Wait(
        id=WaitlistId(new_id()),
        version=1,
        client_id=wanted.client_id,
        provider_id=offer.shop.provider_id,
        service_ids=wanted.service_ids,
        staff_id=wanted.staff_id,
        place_id=wanted.place_id,
        wanted=wanted.wanted,
        status=WaitStatus.WAITING,
        due_at=wanted.wanted.end,
    )
    # Of two requests that read the same, one loses the number, and sees the other's wait when it tries again.
    number = own_place(wait, await store.find_open_waits(work, wanted.client_id))
    if not await store.insert_wait(work, wait, number):
        raise LostHoldNumber
    await work.publish(tell_wait(WaitlistJoined, wait))
    return wait


def _must_be_there(offer: Offer, wanted: Join) -> None:
    """NotFound for a place, or somebody who begins such a visit, that the provider does not have."""
    staff = {one.staff_id for one in offer.shop.schedules} & offer.services[0].staff
    if wanted.staff_id is not None and wanted.staff_id not in staff:
        raise NotFound
    if wanted.place_id is not None and wanted.place_id not in offer.shop.places:
        raise NotFound


async def _lock_held(work: Work, wait: Wait) -> Booking | None:
    return await store.lock_booking(work, wait.offer_booking_id) if wait.offer_booking_id is not None else None
