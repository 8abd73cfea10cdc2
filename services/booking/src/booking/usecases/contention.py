"""Several want one slot at once: who comes second looks again, and is told what else is free when nothing is left."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from booking.domain.booking import Booking
from booking.domain.calendar import Slot
from booking.domain.refusals import SlotTaken
from booking.usecases.expiry import settle_due_holds
from common.errors import Busy
from common.service import Context
from common.verticals import Vertical

_ATTEMPTS: Final = 3


class LostSlot(Exception):  # noqa: N818 - leads to another attempt, then to SlotTaken
    """Somebody else's claim came first between our look and our insert."""


class LostHoldNumber(Exception):  # noqa: N818 - leads to another attempt, then to Busy
    """Another hold of the same client came first."""


async def against_others(
    context: Context,
    vertical: Vertical,
    attempt: Callable[[], Awaitable[Booking]],
    nearest: Callable[[], Awaitable[Sequence[Slot]]],
) -> Booking:
    """What `attempt` makes, in a transaction of its own each time; SlotTaken carries the starts `nearest` finds."""
    for number in range(1, _ATTEMPTS + 1):
        try:
            return await attempt()
        except LostSlot:
            continue
        except LostHoldNumber:
            if number == _ATTEMPTS:
                raise Busy from None
        except SlotTaken:
            # Perhaps by a hold that has just fallen due and that the job has not met yet (docs/adr/0001).
            if await settle_due_holds(context, vertical.id) == 0:
                break
    found = await nearest()
    raise SlotTaken(nearest=[{"startsAt": slot.start.isoformat(), "staffId": str(slot.staff_id)} for slot in found])
