"""Several want one slot at once: who comes second looks again, and is told what else is free when nothing is left."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from booking.domain.booking import Booking
from booking.domain.calendar import Slot
from booking.domain.refusals import SeatHeld, SessionFull, SlotTaken
from booking.usecases.expiry import settle_due_holds
from common.errors import Busy, Refusal
from common.service import Context
from common.verticals import Vertical

T = TypeVar("T")
_ATTEMPTS: Final = 3
_ATTEMPTS_FOR_A_SEAT: Final = 8


class LostSlot(Exception):  # noqa: N818 - leads to another attempt, then to SlotTaken
    """Somebody else's claim came first between our look and our insert."""


class LostHoldNumber(Exception):  # noqa: N818 - leads to another attempt, then to Busy
    """Another hold of the same client came first."""


async def against_others(
    context: Context,
    vertical: Vertical,
    attempt: Callable[[], Awaitable[T]],
    nearest: Callable[[], Awaitable[Sequence[Slot]]],
) -> T:
    """What `attempt` makes, in a transaction of its own each time; SlotTaken carries the starts `nearest` finds."""
    try:
        return await in_turn(context, vertical, attempt, SlotTaken)
    except (LostSlot, SlotTaken):
        found = await nearest()
    raise SlotTaken(nearest=[{"startsAt": slot.start.isoformat(), "staffId": str(slot.staff_id)} for slot in found])


async def in_turn(
    context: Context, vertical: Vertical, attempt: Callable[[], Awaitable[T]], refused: type[Refusal]
) -> T:
    """What `attempt` makes at last. LostSlot or `refused` when somebody stays in the way; Busy for the client's own."""
    for number in range(1, _ATTEMPTS + 1):
        is_last = number == _ATTEMPTS
        try:
            return await attempt()
        except LostSlot:
            if is_last:
                raise
        except LostHoldNumber:
            if is_last:
                raise Busy from None
        except refused:
            # Perhaps by a hold that has just fallen due and that the job has not met yet (docs/adr/0001).
            if is_last or await settle_due_holds(context, vertical.id) == 0:
                raise
    raise Busy


async def for_a_seat(context: Context, vertical: Vertical, attempt: Callable[[], Awaitable[Booking]]) -> Booking:
    """What `attempt` makes: each that is lost is a seat that somebody else won, until SessionFull is true."""
    settled = False
    for _ in range(_ATTEMPTS_FOR_A_SEAT):
        try:
            return await attempt()
        except (LostSlot, LostHoldNumber):
            continue
        except (SessionFull, SeatHeld):
            # Perhaps by a hold that has just fallen due, as above.
            if settled or await settle_due_holds(context, vertical.id) == 0:
                raise
            settled = True
    raise Busy
