"""What booking tells of calendars: when whom of a provider's staff cannot be booked. Nothing of why, or of by whom."""

from datetime import date
from typing import ClassVar, Final
from uuid import UUID, uuid5

from contracts.base import Fact
from contracts.ids import ProviderId, StaffId


class CalendarBusyChanged(Fact):
    """When a member of staff is taken on one local day, as a map of it; at most about once a second for each day.

    Bit i of `busy` stands for the `minutes_per_bit` minutes that begin i * `minutes_per_bit` minutes after the local
    midnight that begins `day` in `zone`, counted in elapsed time; it is 1 where they are taken at least in part. The
    bits are written as hex digits from left to right, the first minutes in the highest bit of the first digit, and the
    last digit is filled up with 0: an ordinary day has 288 bits in 72 digits.

    The day reaches to the midnight that begins the next, and is as long as it is: one of 23 hours has 276 bits in 69
    digits, one of 25 has 300 in 75. After a change of offset bit i is therefore not the wall-clock time i *
    `minutes_per_bit`: add it to midnight's instant and look in `zone`. Where a change skips midnight itself, the day
    begins with the first minute that there is; where midnight comes twice, with the first.
    """

    owner: ClassVar[str] = "booking"
    topic: ClassVar[str] = "calendar.busy_changed"

    provider_id: ProviderId
    staff_id: StaffId
    day: date
    zone: str
    """That of the first place at which they attend."""
    minutes_per_bit: int = 5
    busy: str

    @property
    def subject(self) -> UUID:
        return subject_of(self.staff_id, self.day)


def subject_of(staff_id: StaffId, day: date) -> UUID:
    """The id of a member of staff's local day."""
    return uuid5(staff_id, day.isoformat())


FACTS: Final[tuple[type[Fact], ...]] = (CalendarBusyChanged,)
