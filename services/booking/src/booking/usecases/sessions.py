"""Group sessions: opened and called off by the provider's side, and found by clients."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from booking import store
from booking.domain.booking import Status
from booking.domain.policy import Party
from booking.domain.refusals import NotOffered, SessionsOfWhom
from booking.domain.seat import Seat
from booking.domain.session import GroupSession, SessionStatus, decided_at
from booking.store import Listed
from booking.usecases import audited
from booking.usecases.availability import Days, nearest_slots
from booking.usecases.cancel import call_off
from booking.usecases.contention import LostSlot, against_others
from booking.usecases.hold import choose, seat_of
from booking.usecases.parties import side_of
from common.auth import Principal
from common.errors import NotFound
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import CancelledBy
from contracts.ids import PlaceId, ProviderId, ServiceId, SessionId, StaffId, new_id
from contracts.sessions import SessionCancelled, SessionFact, SessionPublished
from contracts.sessions import SessionStatus as ToldStatus

F = TypeVar("F", bound=SessionFact)
MOST_LISTED: Final = 200
SEATS_AT_ONCE: Final = 50
_SNAPSHOT_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A service for several at an instant; `decide` so long before it is known whether it takes place."""

    service_id: ServiceId
    starts_at: datetime
    staff_id: StaffId
    place_id: PlaceId
    seats: int
    minimum: int
    decide: timedelta
    client_id: None = None
    """Nobody's own: no cap of a client binds it."""


async def open_session(
    context: Context, vertical: Vertical, wanted: OpenSession, caller: Principal, once: Once | None
) -> Listed:
    """For the provider's side, staff for what they attend themselves; SlotTaken carries the nearest free starts."""

    async def attempt() -> Listed:
        async with context.uow.begin(vertical.id, once) as work:
            return await work.finish(await _open(work, vertical, wanted, caller))

    nearest = partial(nearest_slots, context, vertical, [wanted.service_id], wanted.starts_at, None)
    return await against_others(context, vertical, attempt, nearest)


async def _open(work: Work, vertical: Vertical, wanted: OpenSession, caller: Principal) -> Listed:
    found = await store.find_offer(work, vertical, [wanted.service_id])
    if found is None:
        raise NotFound
    offer, now = found
    party = await side_of(work, vertical, offer.shop.provider_id, {wanted.staff_id}, caller)
    if party is None:
        raise NotFound
    if not offer.bookable:
        raise NotOffered
    # The provider knows how much notice it needs.
    replace(offer.rules, minimum_notice=timedelta(0)).admit(wanted.starts_at, now)
    slot, claims = await choose(work, offer, wanted)
    at = decided_at(wanted.starts_at, wanted.decide, now)
    session = _draft(wanted, offer.shop.provider_id, seat_of(offer, slot, claims), at, now)
    if not await store.insert_session(work, session, claims):
        raise LostSlot
    await work.publish(tell_session(SessionPublished, session))
    work.audit(audited.session_opened(session, caller, party))
    return Listed(session, 0, offer.services[0].price)


def _draft(
    wanted: OpenSession, provider_id: ProviderId, seat: Seat, decide_at: datetime, now: datetime
) -> GroupSession:
    at = seat.as_dict()
    # One service, with nothing that follows it.
    del at["also"]
    return GroupSession(
        id=SessionId(new_id()),
        version=1,
        provider_id=provider_id,
        service_id=wanted.service_id,
        seats=wanted.seats,
        minimum=wanted.minimum,
        decide_at=decide_at,
        due_at=decide_at,
        status=SessionStatus.OPEN,
        created_at=now,
        **at,
    )


async def cancel_session(
    context: Context, vertical: Vertical, session_id: SessionId, reason: str, caller: Principal
) -> Listed:
    """Every seat is called off with all money back, 50 in a transaction; a repeat goes on where this one ended."""
    async with context.uow.begin(vertical.id) as work:
        session = await store.lock_session(work, session_id)
        party = None
        if session is not None:
            party = await side_of(work, vertical, session.provider_id, {session.staff_id}, caller)
        if session is None or party is None:
            raise NotFound
        if session.status is SessionStatus.OPEN:
            session = await call_session_off(work, session, party, reason, caller)
        left = await call_seats_off(work, session, caller)
    while left == SEATS_AT_ONCE:
        async with context.uow.begin(vertical.id) as work:
            left = await call_seats_off(work, session, caller)
    return await get_session(context, vertical, session_id)


async def call_session_off(
    work: Work, session: GroupSession, party: Party, reason: str | None, by: Principal
) -> GroupSession:
    """In the transaction that locked it: its staff and things are free, and nobody takes a seat any more."""
    cancelled = session.cancel(party, reason, await work.now())
    await end_session(work, cancelled)
    work.audit(audited.session_cancelled(cancelled, by, party))
    return cancelled


async def end_session(work: Work, cancelled: GroupSession) -> None:
    """Saved and told."""
    await store.save_session(work, cancelled)
    await work.publish(tell_session(SessionCancelled, cancelled, reason=cancelled.reason))


async def call_seats_off(work: Work, session: GroupSession, by: Principal | None, *, opens: bool = False) -> int:
    """How many of a cancelled session's seats were called off now; fewer than 50: none is left, and nothing is due.

    What `opens` is the session's time, once for all of its seats.
    """
    seats = await store.lock_live_seats(work, session.id, SEATS_AT_ONCE)
    party = session.cancelled_by or Party.SYSTEM
    # One that its provider has accepted: whoever would have given the session has said yes to that time.
    sure = next((booking.id for booking in seats if booking.status is not Status.PENDING), None)
    for booking in seats:
        await call_off(work, booking, party, by, session.reason, opens=opens and booking.id == sure)
    if len(seats) < SEATS_AT_ONCE:
        await store.save_session(work, session.settled())
    return len(seats)


async def get_session(context: Context, vertical: Vertical, session_id: SessionId) -> Listed:
    """One, for anybody, whatever became of it."""
    async with context.uow.read(vertical.id) as session:
        found = await store.find_listed(session, session_id)
    if found is None:
        raise NotFound
    return found


async def list_sessions(
    context: Context, vertical: Vertical, provider_id: ProviderId | None, service_id: ServiceId | None, days: Days
) -> Sequence[Listed]:
    """The first 200 that are open and still to come, by provider or by service, over at most 62 local days.

    RangeReversed, RangeTooLong.
    """
    days.must_be_few()
    async with context.uow.read(vertical.id) as session:
        if provider_id is not None and service_id is None:
            return await store.list_of_provider(session, provider_id, days.first, days.last, MOST_LISTED)
        if service_id is not None and provider_id is None:
            return await store.list_of_service(session, service_id, days.first, days.last, MOST_LISTED)
    raise SessionsOfWhom


async def snapshot_sessions(work: Work, after: UUID) -> Sequence[SessionFact]:
    """The current state of the next sessions, each under the fact that its status stands for."""
    page = await store.page_current_sessions(work, after, _SNAPSHOT_PAGE)
    return [
        tell_session(SessionPublished, one)
        if one.status is SessionStatus.OPEN
        else tell_session(SessionCancelled, one, reason=one.reason)
        for one in page
    ]


def tell_session(kind: type[F], session: GroupSession, **more: object) -> F:
    """The fact that `kind` happened to the session."""
    names = kind.model_fields.keys() - {"session_id", "status", "cancelled_by", "resource_ids", "reason"}
    return kind(
        **{name: getattr(session, name) for name in names},
        session_id=session.id,
        resource_ids=tuple(session.resource_ids),
        status=ToldStatus(session.status.value),
        cancelled_by=CancelledBy(session.cancelled_by.value) if session.cancelled_by else None,
        **more,
    )
