"""Take a seat of a group session: a booking like any other, whose claims the database's constraint bounds."""

from dataclasses import dataclass, replace

from booking import store
from booking.domain.booking import Booking
from booking.domain.refusals import NotOffered, VerticalPaused
from booking.domain.session import claims_of_seat, free_seat, most_of_seat
from booking.domain.taken import Taken
from booking.usecases.contention import for_a_seat
from booking.usecases.context import BookingContext
from booking.usecases.hold import draft_at, enter
from common.errors import NotFound
from common.idempotency import Once
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import AccountId, SessionId


@dataclass(frozen=True, slots=True)
class TakeSeat:
    """A client wants to join a session."""

    client_id: AccountId
    session_id: SessionId


async def take_seat(context: BookingContext, vertical: Vertical, wanted: TakeSeat, once: Once | None) -> Booking:
    """A held, pending or confirmed booking as of any slot; SessionFull, SeatHeld or SessionOver when there is none."""
    if vertical.id in context.paused:
        raise VerticalPaused

    async def attempt() -> Booking:
        async with context.uow.begin(vertical.id, once) as work:
            return await work.finish(await _take(work, vertical, wanted))

    return await for_a_seat(context, vertical, attempt)


async def _take(work: Work, vertical: Vertical, wanted: TakeSeat) -> Booking:
    session = await store.share_session(work, wanted.session_id)
    if session is None:
        raise NotFound
    opening = await store.find_opening(work, vertical, [session.service_id], wanted.client_id)
    if opening is None:
        raise NotFound
    offer = opening.offer
    if not offer.bookable:
        raise NotOffered
    session.must_be_ahead(opening.now)
    offer.rules.admit(session.starts_at, opening.now)
    asked = {one: during for one, (during, _) in most_of_seat(session, offer.services[0], wanted.client_id).items()}
    taken = Taken(await store.find_taken_of(work, asked | {session.id: session.during}))
    claims = claims_of_seat(session, offer.services[0], taken, wanted.client_id)
    booking = draft_at(vertical, offer, session.seat, wanted.client_id, opening.now)
    return await enter(work, vertical, opening, replace(booking, session_id=session.id), claims)


async def take_again(work: Work, booking: Booking) -> bool:
    """Whether the expired booking's slot, still ahead, could be claimed once more; of a session any seat will do."""
    now = await work.now()
    if booking.starts_at <= now:
        return False
    if booking.session_id is not None:
        session = await store.share_session(work, booking.session_id)
        if session is None or not session.takes_seats(now) or session.starts_at != booking.starts_at:
            return False
        taken = Taken(await store.find_taken_of(work, {session.id: session.during}))
        seat = free_seat(session, taken, booking.client_id)
        if seat is None:
            return False
        await store.change_seat(work, booking.id, session.id, seat)
    return await store.reclaim(work, booking.id)
