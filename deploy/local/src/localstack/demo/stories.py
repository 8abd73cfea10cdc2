"""What was done with each booking and what must have come of it: the demo's own count."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common.money import Money
from localstack.demo.accounts import Account
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opening
from localstack.demo.outcomes import Sequel

CONFIRMED: Final = frozenset({"confirmed", "completed", "no_show"})


@dataclass(slots=True)
class Story:
    """One booking. `status`, `paid` (of the due) and `refunded` are what it must come to; money in centavos.

    `told` are the templates of the messages its client must have got.
    """

    name: str
    owner: Account
    opening: Opening
    booking: dict[str, Any]
    sequel: Sequel = Sequel.KEPT
    status: str = "held"
    paid: Money = field(default_factory=Money.zero)
    refunded: Money = field(default_factory=Money.zero)
    balance: Money = field(default_factory=Money.zero)
    """Paid online beyond the due, after the service."""
    at_place: Money = field(default_factory=Money.zero)
    tip: Money = field(default_factory=Money.zero)
    payment: dict[str, Any] | None = None
    tries: int = 0
    broken: bool = False
    """Something on its way did not go as planned, and was noted."""
    told: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        """The booking's."""
        return str(UUID(self.booking["id"]))

    @property
    def vertical(self) -> str:
        """Where it was booked."""
        return self.opening.shop.vertical

    @property
    def starts_at(self) -> datetime:
        """An aware instant."""
        return datetime.fromisoformat(self.booking["startsAt"])

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """What breaks inside breaks the story, and goes on to whoever notes it."""
        try:
            yield
        except BrokenError:
            self.broken = True
            raise

    def confirmed(self) -> None:
        """It must be confirmed, and its client told."""
        self.status = "confirmed"
        self.told.add("booking_confirmed")

    def cancelled(self, refunded: Money) -> None:
        """It must be cancelled, and what goes back be told."""
        self.status = "cancelled"
        self.told.add("booking_cancelled")
        # A confirmation that had not left yet is overtaken.
        self.told.discard("booking_confirmed")
        self.give_back(refunded)

    def give_back(self, refunded: Money) -> None:
        """So much of it must go back."""
        self.refunded = refunded
        if refunded:
            self.told.add("payment_refunded")


def figures_of(stories: Iterable[Story]) -> dict[str, int]:
    """What analytics must count of these, in its own words; money in centavos."""
    found = list(stories)
    by_status = Counter(story.status for story in found)
    return {
        "created": len(found),
        "held": by_status["held"],
        "confirmed": sum(by_status[status] for status in CONFIRMED),
        "cancelled": by_status["cancelled"],
        "completed": by_status["completed"],
        "noShow": by_status["no_show"],
        "expired": by_status["expired"],
        "revenueCaptured": sum(story.paid.minor + story.balance.minor for story in found),
        "revenueRefunded": sum(story.refunded.minor for story in found),
    }
