"""What a fault in particular must not have done, beyond what the judge looks at: as questions about its course."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.faults.catalogue import Fault
from tests.faults.recorded import Outcome, Recorded

SHOWN: Final = 5
LEAST_ASKED: Final = 3


@dataclass(frozen=True, slots=True)
class Course:
    """What the load saw. `began`, `ended`: the fault, in seconds of the driver's clock; `healed`: from when recovery
    counts; `unrest`: what was not well when the time for that was over.
    """

    recorded: Recorded
    began: float
    ended: float
    healed: float
    unrest: str = ""

    @property
    def recovery(self) -> float:
        """Seconds from the healing until no request ended badly any more."""
        return self.recorded.recovery(self.healed)


def wrongs(fault: Fault, course: Course) -> Iterator[str]:
    """One line for each rule that was broken."""
    bad = [one for one in course.recorded.requests if one.outcome is not Outcome.OK]
    if fault.seamless and bad:
        told = [f"{one.what} {one.status or 'without an answer'}" for one in bad]
        yield f"clients noticed: {', '.join(told[:SHOWN])}"
    if fault.asks is not None:
        times = course.recorded.asked(fault.asks, course.began, course.ended)
        if times < LEAST_ASKED:
            yield f"{fault.asks} was asked {times} times while it lasted"
    if course.unrest:
        yield f"all was not well again in the {fault.recovery:.0f} s that are promised: {course.unrest}"
    elif course.recovery > fault.recovery:
        yield f"recovery took {course.recovery:.1f} s, promised are {fault.recovery:.0f}"
