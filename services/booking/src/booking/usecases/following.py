"""What becomes of a series with its first booking: the others are its client's once that one is confirmed."""

from collections.abc import Sequence
from datetime import timedelta

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.refusals import StandsWithFirst
from booking.domain.series import Series, kept_open
from booking.usecases.facts import tell, tell_series
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


async def approve_others(work: Work, vertical: Vertical, series: Series, leader: Booking) -> None:
    """The provider accepted the first, and with it the series."""
    now, pay_before = await work.now(), timedelta(hours=vertical.series.pay_hours_before)
    others = [one.approve(now, one.starts_at) for one in await _others(work, series, Status.PENDING)]
    approved = [kept_open(one, leader, series.charge, pay_before) for one in others]
    for one in approved:
        await store.save_booking(work, one)
    await work.publish(*(tell(BookingApproved, one, told_with_series=True) for one in approved))


async def tell_confirmed(work: Work, confirmed: Booking, series: Series | None) -> Sequence[Booking]:
    """The booking is confirmed, and with it what it leads. Which of those could not be had again, in late money's case.

    People are told of a series once.
    """
    await work.publish(tell(BookingConfirmed, confirmed, told_with_series=series is not None))
    return await _confirm_others(work, series, confirmed) if series is not None else ()


async def _confirm_others(work: Work, series: Series, leader: Booking) -> Sequence[Booking]:
    stands, confirmed, lost = [leader], [], []
    for one in await _others(work, series, Status.HELD, Status.EXPIRED):
        if one.due_now:
            stands += [one] if one.status is Status.HELD else []
        elif one.status is Status.HELD or await store.reclaim(work, one.id):
            confirmed.append(one.confirm())
        else:
            lost.append(one)
    for one in confirmed:
        await store.save_booking(work, one)
    told = await store.next_version(work, series.id)
    together = sorted([*stands, *confirmed], key=lambda one: one.starts_at)
    await work.publish(
        *(tell(BookingConfirmed, one, told_with_series=True) for one in confirmed),
        tell_series(SeriesConfirmed, told, together),
    )
    return lost


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
