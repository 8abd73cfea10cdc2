"""Throttling of logins, by account: failures make the account wait ever longer, whoever they come from."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FREE_FAILURES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of one e-mail address, whether it has an account or not."""

    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long until the next attempt is heard; zero when it is now."""
        if self.locked_until is None:
            return timedelta(0)
        return max(self.locked_until - now, timedelta(0))

    def count(self, now: datetime) -> "Attempts":
        """One more, counted as failed until it proves good: a burst of parallel guesses counts as much as a queue."""
        forgotten = self.last_at is None or now - self.last_at > FORGOTTEN_AFTER
        failures = 1 if forgotten else self.failures + 1
        if failures < FREE_FAILURES:
            return Attempts(failures, now)
        doublings = min(failures - FREE_FAILURES, _MOST_DOUBLINGS)
        return Attempts(failures, now, now + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT))
