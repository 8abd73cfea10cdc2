"""The day passes: clocks are moved, so that holds run out, reminders fall due and appointments are over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from time import monotonic
from typing import Final

from localstack.demo.clocks import Clocks
from localstack.demo.desk import money, take_same_slot, take_slot
from localstack.demo.outcomes import DAYS, LATE, Outcome
from localstack.demo.paying import follow_money, look, paid, pay, wait_for_status
from localstack.demo.plan import Errand
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import COUNTRY, World

BOOKING, NOTIFICATIONS = "booking", "notifications"
_MINUTE: Final = timedelta(minutes=1)
# Booking waits 10 min for payments to close what was begun, then the hold runs out all the same (decision 7).
_NO_ANSWER: Final = 11 * _MINUTE
_NUDGE_SECONDS: Final = 2.0
_OUTAGE: Final = {"error_rate": 1.0, "error_kind": "500", "fault_path": "/checkout/preferences"}
"""MercadoPago takes money, but its pages cannot be closed."""
_REST: Final = {"error_rate": 0.0, "error_kind": "500", "fault_path": ""}


async def end_outage(world: World) -> None:
    """Put right what a demo that was killed left behind."""
    knobs = await world.payer.knobs()
    if _OUTAGE.items() <= knobs.items():
        await world.payer.turn(**_REST)


async def let_holds_run_out(world: World, clocks: Clocks) -> None:
    """Nobody paid in time: the slots are free again, and payments that had begun are closed first."""
    await clocks.move(BOOKING, _longest_hold(world))
    left = [story for story in world.whole if story.status == "expired"]
    await world.each(left, lambda story: _expired(world, story), "running out")


async def pay_too_late(world: World, clocks: Clocks) -> None:
    """Money that comes after the hold: MercadoPago does not close its page, and the payer takes long to decide."""
    late = [errand for errand in world.plan.errands if errand.outcome in LATE]
    stories: list[tuple[Errand, Story]] = []

    async def hold(errand: Errand) -> None:
        story = await take_slot(world, errand)
        with story.breakable():
            await follow_money(world, story, errand.outcome)
        stories.append((errand, story))

    await world.each(late, hold, "paying late")
    before = {name: value for name, value in (await world.payer.knobs()).items() if name in _OUTAGE}
    try:
        await world.payer.turn(**_OUTAGE)
        await _outlast(world, clocks, [story for _, story in stories])
        await world.each(stories, lambda item: _pay_late(world, *item), "paying late")
    finally:
        await world.payer.turn(**before)


async def reach_the_morning(world: World, clocks: Clocks) -> None:
    """Tomorrow at eight: reminders have fallen due. Their messages are waited for with the others."""
    morning = _local(world, 1, time(8))
    now = world.now()
    for story in world.whole:
        if story.status == "confirmed" and _is_reminded(world, story, now, morning):
            story.told.add("booking_reminder")
    await clocks.move(NOTIFICATIONS, morning - now)


async def reach_the_night(world: World, clocks: Clocks) -> None:
    """The appointments of the next days are over."""
    await clocks.move(BOOKING, _local(world, DAYS + 1, time(0, 5)) - world.now())


def _longest_hold(world: World) -> timedelta:
    return (max(vertical.booking.hold_minutes for vertical in world.verticals) + 1) * _MINUTE


async def _expired(world: World, story: Story) -> None:
    with story.breakable():
        await wait_for_status(world, story, "expired")


async def _outlast(world: World, clocks: Clocks, stories: Sequence[Story]) -> None:
    """Move on until every hold is gone although payments never answered."""
    await clocks.move(BOOKING, clocks.ahead(BOOKING) + _longest_hold(world))
    left = list(stories)
    moved_at = monotonic()

    async def gone() -> bool | None:
        nonlocal left, moved_at
        left = [story for story in left if (await look(world, story))["status"] != "expired"]
        if not left:
            return True
        if monotonic() - moved_at > _NUDGE_SECONDS:
            await clocks.move(BOOKING, clocks.ahead(BOOKING) + _NO_ANSWER)
            moved_at = monotonic()
        return None

    await until("holds whose payment cannot be closed ran out", gone)


async def _pay_late(world: World, errand: Errand, story: Story) -> None:
    with story.breakable():
        if errand.outcome is Outcome.LATE_REFUNDED:
            other = replace(errand, person=(errand.person + 1) % len(world.plan.people))
            await take_same_slot(world, story, await world.client_of(other))
        await pay(world, story, "APRO", "approved")
        if errand.outcome is Outcome.LATE_RECLAIMED:
            await paid(world, story)
            return
        story.paid = money(story.booking["dueNow"])
        story.give_back(story.paid)


def _is_reminded(world: World, story: Story, now: datetime, morning: datetime) -> bool:
    """Whether a reminder was still to come when it was confirmed, falls due, and the appointment is still ahead."""
    hours = world.vertical_of(story).channels.reminder_hours
    due = (story.starts_at - timedelta(hours=each) for each in hours)
    return story.starts_at > morning and any(now < at <= morning for at in due)


def _local(world: World, days: int, at: time) -> datetime:
    return datetime.combine(world.today + timedelta(days=days), at, COUNTRY)
