"""What becomes of a series with its first booking: the others are its client's once that one is confirmed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.policy import Party
from booking.domain.refusals import StandsWithFirst
from booking.domain.series import Series, kept_open, open_again, paid_apart
from booking.usecases.facts import tell, tell_series
from booking.usecases.parties import By, own_of
from common.auth import Principal
from common.errors import NotFound
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingApproved, BookingConfirmed
from contracts.series import SeriesConfirmed


async def led_by(work: Work, booking: Booking) -> Series | None:
    """The series that this booking leads, if any."""
    if booking.series_id is None:
        return None
    series = await store.find_series(work, booking.series_id)
    return series if series is not None and series.leader_id == booking.id else None


async def must_stand_alone(work: Work, booking: Booking) -> None:
    """StandsWithFirst where another one decides: nobody accepts, or takes, an occurrence before its series."""
    if booking.series_id is not None and booking.is_open and await led_by(work, booking) is None:
        raise StandsWithFirst


async def approve_others(work: Work, vertical: Vertical, series: Series, leader: Booking, caller: Principal) -> None:
    """The provider accepted the first, and with it the series; NotFound for who does not attend all of it."""
    now, pay_before = await work.now(), timedelta(hours=vertical.series.pay_hours_before)
    pending = await _others(work, series, Status.PENDING)
    if pending and len((await own_of(work, vertical, pending, By(caller)))[1]) < len(pending):
        raise NotFound
    others = [one.approve(now, one.starts_at) for one in pending]
    approved = [kept_open(one, leader, series.charge, pay_before) for one in others]
    for one in approved:
        await store.save_booking(work, one)
    await work.publish(*(tell(BookingApproved, one, told_with_series=True) for one in approved))


async def tell_confirmed(work: Work, confirmed: Booking, series: Series | None) -> Sequence[Booking]:
    """The booking is confirmed, and with it what it leads. Which of those are not to be had: called off, or too late.

    People are told of a series once.
    """
    await work.publish(tell(BookingConfirmed, confirmed, told_with_series=series is not None))
    return await _confirm_others(work, series, confirmed) if series is not None else ()


async def _confirm_others(work: Work, series: Series, leader: Booking) -> Sequence[Booking]:
    confirmed, lost, now = [], [], await work.now()
    for one in await _others(work, series, Status.HELD, Status.EXPIRED, Status.CANCELLED):
        if one.due_now:
            continue
        if await _is_to_be_had(work, one, now):
            confirmed.append(one.confirm())
        else:
            lost.append(one)
    for one in confirmed:
        await store.save_booking(work, one)
    told = await store.next_version(work, series.id)
    together = sorted([leader, *confirmed], key=lambda one: one.starts_at)
    await work.publish(
        *(tell(BookingConfirmed, one, told_with_series=True) for one in confirmed),
        tell_series(SeriesConfirmed, told, together),
    )
    return lost


async def _is_to_be_had(work: Work, one: Booking, now: datetime) -> bool:
    """Whether it is held, or free to be claimed again, and still to come: late money buys no past."""
    if one.starts_at <= now or one.status is Status.CANCELLED:
        return False
    return one.status is Status.HELD or await store.reclaim(work, one.id)


async def keep_open(work: Work, vertical: Vertical, moved: Booking, by: Party) -> tuple[Booking, bool]:
    """An occurrence that was moved, with the time to pay for it that its new start gives; and whether that is asked.

    Whom somebody else moved loses nothing of the time that there was, but for what is after the new start.
    """
    series = await _paid_apart_in(work, moved)
    leader = await store.find_booking(work, series.leader_id) if series is not None else None
    if leader is None:
        return moved, False
    now, pay_before = await work.now(), timedelta(hours=vertical.series.pay_hours_before)
    soonest = now + timedelta(minutes=vertical.booking.hold_minutes)
    if by is not Party.CLIENT and moved.hold_expires_at is not None:
        soonest = max(soonest, moved.hold_expires_at)
    return open_again(moved, leader, pay_before, soonest, now), True


async def paid_apart_until(work: Work, vertical: Vertical, booking: Booking) -> datetime | None:
    """Until when an occurrence may be paid by itself; None of what is not."""
    apart = await is_paid_apart(work, booking)
    return booking.starts_at - timedelta(hours=vertical.series.pay_hours_before) if apart else None


async def is_paid_apart(work: Work, booking: Booking) -> bool:
    """Whether its client has still to pay for it by itself."""
    return await _paid_apart_in(work, booking) is not None


async def _paid_apart_in(work: Work, booking: Booking) -> Series | None:
    series = await store.find_series(work, booking.series_id) if booking.series_id is not None else None
    return series if series is not None and paid_apart(booking, series) else None


async def drop_others(work: Work, before: Booking) -> None:
    """The first was lost before it was confirmed: the job that looks at what falls due ends the others at once.

    Where money may be on its way for one of them, payments is asked first, as ever.
    """
    series = await led_by(work, before) if before.is_open else None
    if series is not None:
        await store.hurry_series(work, series.id)


async def _others(work: Work, series: Series, *statuses: Status) -> Sequence[Booking]:
    found = await store.lock_of_series(work, series.id, series.created_at, statuses)
    return [one for one in found if one.id != series.leader_id]
