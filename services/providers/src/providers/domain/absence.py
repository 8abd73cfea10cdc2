"""Time off: a stretch of wall-clock time in which one member of staff attends nowhere."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import NotFound, Refusal
from contracts.ids import ProviderId, StaffId, TimeOffId

MAX_ABSENCE: Final = timedelta(days=400)
MAX_ABSENCES: Final = 100
"""That are not over, of one member of staff."""


class AbsenceMisfit(Refusal):
    """Time off ends after it starts, and lasts at most 400 days."""


class AbsenceOver(Refusal):
    """That time is already over."""


class AttendsNowhere(Refusal):
    """That member of staff has no place, and so no time zone."""


@dataclass(frozen=True, slots=True)
class TimeOff:
    """`starts` and `ends` (not included) are wall-clock times of `zone`; AbsenceMisfit for what cannot be.

    An inactive one was called off.
    """

    id: TimeOffId
    provider_id: ProviderId
    staff_id: StaffId
    starts: datetime
    ends: datetime
    zone: str
    active: bool = True
    version: int = 1

    def __post_init__(self) -> None:
        if not self.starts < self.ends <= self.starts + MAX_ABSENCE:
            raise AbsenceMisfit(fields=[{"field": "ends", "reason": "absence_misfit"}])

    @property
    def span(self) -> tuple[datetime, datetime]:
        """As instants. A time that a change of offset skips moves past the gap."""
        zone = ZoneInfo(self.zone)
        return self.starts.replace(tzinfo=zone).astimezone(UTC), self.ends.replace(tzinfo=zone).astimezone(UTC)

    def must_end_after(self, now: datetime) -> None:
        """AbsenceOver when it has ended."""
        if self.span[1] <= now:
            raise AbsenceOver(fields=[{"field": "ends", "reason": "in_the_past"}])

    def called_off(self) -> "TimeOff":
        """NotFound when it was before."""
        if not self.active:
            raise NotFound
        return replace(self, active=False, version=self.version + 1)
