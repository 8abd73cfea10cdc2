"""What happens to a booking after it was made, and who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.policy import Party, Refund, refund_on_cancel
from booking.usecases import audited
from booking.usecases.facts import tell
from booking.usecases.money import ask_refund, give_balances_back
from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from common.idempotency import Once
from common.money import Money
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import (
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
    Status.HELD: BookingCreated,
    Status.CONFIRMED: BookingConfirmed,
    Status.COMPLETED: BookingCompleted,
    Status.NO_SHOW: BookingNoShow,
    Status.CANCELLED: BookingCancelled,
    Status.EXPIRED: BookingExpired,
}


@dataclass(frozen=True, slots=True)
class Canceller:
    """Who cancels: a principal, or whoever holds the booking's link (then `principal` is None)."""

    principal: Principal | None


async def get_booking(context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal | None) -> Booking:
    """The booking, for its client, its provider or an operator, or (caller None) for the holder of its link."""
    async with context.uow.read(vertical.id) as session:
        booking = await store.find_booking(session, booking_id)
        party = Party.CLIENT if caller is None else await _maybe_party(session, vertical, booking, caller)
    if booking is None or party is None:
        raise NotFound
    if caller is not None and party is not Party.CLIENT:
        async with context.uow.begin(vertical.id) as work:
            work.audit(audited.booking_read(booking, caller, party))
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
    """The agenda of one local day, for the provider's owner or an operator; NotFound for anybody else."""
    async with context.uow.begin(vertical.id) as work:
        is_own = await store.find_provider_owner(work, provider_id) == caller.account_id
        if not is_own and not caller.has("operator", vertical.id):
            raise NotFound
        page = await store.page_of_provider_day(work, provider_id, day, before, most)
        # An owner's own screen asks again and again: that is no news.
        if not is_own:
            work.audit(audited.agenda_read(provider_id, day, caller, len(page)))
        return page


async def cancel_booking(
    context: Context, vertical: Vertical, booking_id: BookingId, by: Canceller, once: Once | None
) -> Booking:
    """Free the slot and give back what the policy on the booking says; AlreadyOver when there is nothing to cancel."""
    async with context.uow.begin(vertical.id, once) as work:
        booking = await store.lock_booking(work, booking_id)
        party = await _cancelling_party(work, vertical, booking, by)
        if booking is None or party is None:
            raise NotFound
        cancelled = booking.cancel(party)
        balances = await store.find_balances(work, booking)
        at_stake = booking.kept - sum(balances.values(), Money.zero(booking.price.currency))
        refund = refund_on_cancel(booking.policy, at_stake, booking.starts_at, await work.now(), party)
        await store.save_booking(work, cancelled)
        await work.publish(tell(BookingCancelled, cancelled))
        if by.principal is not None and party is not Party.CLIENT:
            work.audit(audited.booking_cancelled(cancelled, by.principal, party))
        cancelled = await give_balances_back(work, cancelled)
        return await work.finish(await _give_back(work, cancelled, refund))


async def complete_booking(
    context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal, once: Once | None
) -> Booking:
    """The client was served; NotYet before the start."""
    return await _finish(context, vertical, booking_id, caller, once, Status.COMPLETED, BookingCompleted)


async def mark_no_show(
    context: Context, vertical: Vertical, booking_id: BookingId, caller: Principal, once: Once | None
) -> Booking:
    """The client did not come; NotYet before the start."""
    return await _finish(context, vertical, booking_id, caller, once, Status.NO_SHOW, BookingNoShow)


async def snapshot_bookings(work: Work, after: UUID) -> Sequence[BookingFact]:
    """The current state of the next bookings, each under the fact that its status stands for."""
    return [tell(_TOLD_AS[one.status], one) for one in await store.page_current(work, after, _SNAPSHOT_PAGE)]


async def may_manage(session: Session, vertical: Vertical, provider_id: ProviderId, caller: Principal) -> bool:
    """Whether the caller owns the provider, or is an operator. Ownership is looked up, never in the token."""
    if caller.has("operator", vertical.id):
        return True
    return await store.find_provider_owner(session, provider_id) == caller.account_id


async def _finish(
    context: Context,
    vertical: Vertical,
    booking_id: BookingId,
    caller: Principal,
    once: Once | None,
    status: Status,
    fact: type[BookingFact],
) -> Booking:
    async with context.uow.begin(vertical.id, once) as work:
        booking = await store.lock_booking(work, booking_id)
        if booking is None or not await may_manage(work, vertical, booking.provider_id, caller):
            raise NotFound
        finished = booking.finish(status, await work.now())
        await store.save_booking(work, finished)
        await work.publish(tell(fact, finished))
        return await work.finish(finished)


async def _cancelling_party(
    session: Session, vertical: Vertical, booking: Booking | None, by: Canceller
) -> Party | None:
    return Party.CLIENT if by.principal is None else await _maybe_party(session, vertical, booking, by.principal)


async def _maybe_party(
    session: Session, vertical: Vertical, booking: Booking | None, caller: Principal
) -> Party | None:
    return await _party(session, vertical, booking, caller) if booking is not None else None


async def _party(session: Session, vertical: Vertical, booking: Booking, caller: Principal) -> Party | None:
    """What the caller is to the booking; None for a stranger."""
    if caller.account_id == booking.client_id:
        return Party.CLIENT
    if caller.has("operator", vertical.id):
        return Party.SYSTEM
    return Party.PROVIDER if await may_manage(session, vertical, booking.provider_id, caller) else None


async def _give_back(work: Work, booking: Booking, refund: Refund) -> Booking:
    if not refund.amount or booking.payment_id is None:
        return booking
    return await ask_refund(work, booking, booking.payment_id, refund.amount, refund.rule)
