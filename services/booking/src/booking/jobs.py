"""What falls due."""

from typing import Final

from booking import usecases
from booking.usecases import BookingContext
from common.service import Job

JOBS: Final[tuple[Job[BookingContext], ...]] = (
    Job("settle_due_holds", 1.0, usecases.settle_due_holds),
    Job("decide_sessions", 5.0, usecases.decide_sessions),
    Job("offer_freed", 1.0, usecases.offer_freed),
    Job("lapse_waits", 60.0, usecases.lapse_waits),
    Job("tell_busy", 1.0, usecases.tell_busy),
    Job("follow_zones", 3600.0, usecases.follow_zones),
)
