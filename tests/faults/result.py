"""What came of one fault."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from tests.faults.driver import Driver
from tests.faults.recorded import Outcome
from tests.faults.strike import DidNotStrike

_DID_NOT_STRIKE: Final = "did not strike"


@dataclass(frozen=True, slots=True)
class Result:
    """`recovery`: seconds until no request ended badly any more; `drained`: how long till all was quiet.

    `wrong` is empty when the platform survived; `impossible` says why the fault was not injected.
    """

    fault: str
    seed: int
    requests: int = 0
    fails: int = 0
    unknowns: int = 0
    unsent: int = 0
    bookings: int = 0
    recovery: float = 0.0
    drained: str = ""
    wrong: Sequence[str] = ()
    impossible: str | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it was not survived."""
        return bool(self.wrong)

    @property
    def verdict(self) -> str:
        """survived, broken, broken: did not strike, or impossible here: why."""
        if self.impossible:
            return f"impossible here: {self.impossible}"
        if any(text.startswith(_DID_NOT_STRIKE) for text in self.wrong):
            return f"broken: {_DID_NOT_STRIKE}"
        return "broken" if self.is_broken else "survived"

    def counted(self, driver: Driver) -> Self:
        """With what became of the requests."""
        counts = driver.recorded.counts()
        return replace(
            self,
            requests=len(driver.recorded.requests),
            fails=counts[Outcome.FAIL],
            unknowns=counts[Outcome.UNKNOWN],
            unsent=driver.recorded.unsent,
            bookings=sum(visit.booking is not None for visit in driver.visits),
        )

    def recovered(self, seconds: float) -> Self:
        """With the time it took."""
        return replace(self, recovery=round(seconds, 1))

    def drained_by(self, told: str) -> Self:
        """With what the judge said of the time until all was quiet."""
        return replace(self, drained=told)

    def found(self, wrong: Iterable[str]) -> Self:
        """With more that is wrong."""
        return replace(self, wrong=(*self.wrong, *wrong))

    def broken_off(self, error: BaseException) -> Self:
        """It ended with an error: the fault had no effect, or the platform did not come back."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        why = _DID_NOT_STRIKE if isinstance(error, DidNotStrike) else type(error).__name__
        return self.found([f"{why}: {error}"])

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        names = [name for name in self.__slots__ if name != "wrong"]
        return {name: getattr(self, name) for name in names} | {"wrong": list(self.wrong), "verdict": self.verdict}
