"""What becomes of the bookings of a day, in fixed shares."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

T = TypeVar("T")


class Outcome(StrEnum):
    """How the money of one booking goes."""

    APPROVED = "approved"
    REJECTED_THEN_APPROVED = "rejected_then_approved"
    REJECTED = "rejected"
    """And given up: the hold runs out."""
    PENDING_APPROVED = "pending_approved"
    """MercadoPago decides later."""
    PENDING_REJECTED = "pending_rejected"
    PENDING_FORGOTTEN = "pending_forgotten"
    """Still undecided when the hold runs out."""
    ABANDONED = "abandoned"
    """The payer saw MercadoPago's page and left."""
    NEVER_BEGUN = "never_begun"
    NOTHING_DUE = "nothing_due"
    LATE_RECLAIMED = "late_reclaimed"
    """Paid after the hold had run out; the slot was still free."""
    LATE_REFUNDED = "late_refunded"
    """Paid after the hold had run out; the slot was somebody else's."""


class Sequel(StrEnum):
    """What becomes of a booking once it is confirmed."""

    KEPT = "kept"
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED_EARLY = "cancelled_early"
    """With so much notice that everything paid goes back."""
    CANCELLED_IN_TIME = "cancelled_in_time"
    """With so little notice that half goes back."""
    CANCELLED_LATE = "cancelled_late"
    """With so little notice that nothing goes back."""
    CANCELLED_BY_PROVIDER = "cancelled_by_provider"


class When(StrEnum):
    """How far ahead a booking is."""

    SOON = "soon"
    """In less than 3 hours."""
    TODAY = "today"
    """In 3 to 12 hours."""
    NEXT_DAYS = "tomorrow or the day after"
    LATER = "later"
    """When the demo's days are over."""


SHARES: Final[Mapping[Outcome, int]] = {
    Outcome.APPROVED: 600,
    Outcome.REJECTED_THEN_APPROVED: 60,
    Outcome.REJECTED: 50,
    Outcome.PENDING_APPROVED: 50,
    Outcome.PENDING_REJECTED: 20,
    Outcome.PENDING_FORGOTTEN: 15,
    Outcome.ABANDONED: 40,
    Outcome.NEVER_BEGUN: 40,
    Outcome.NOTHING_DUE: 85,
    Outcome.LATE_RECLAIMED: 20,
    Outcome.LATE_REFUNDED: 20,
}
"""Per mille of all bookings."""
SEQUELS: Final[Mapping[Sequel, int]] = {
    Sequel.KEPT: 250,
    Sequel.ATTENDED: 600,
    Sequel.MISSED: 40,
    Sequel.CANCELLED_EARLY: 40,
    Sequel.CANCELLED_IN_TIME: 30,
    Sequel.CANCELLED_LATE: 20,
    Sequel.CANCELLED_BY_PROVIDER: 20,
}
"""Per mille of those that are approved at once."""
DAYS: Final = 2
"""After today, so many pass."""
LEFT_OPEN: Final = frozenset(
    {
        Outcome.REJECTED,
        Outcome.PENDING_APPROVED,
        Outcome.PENDING_REJECTED,
        Outcome.PENDING_FORGOTTEN,
        Outcome.ABANDONED,
        Outcome.NEVER_BEGUN,
    }
)
"""Their hold outlives the client's visit, and a client may hold only so many."""
LATE: Final = frozenset({Outcome.LATE_RECLAIMED, Outcome.LATE_REFUNDED})
WHEN: Final[Mapping[Sequel, When]] = {
    Sequel.KEPT: When.LATER,
    Sequel.ATTENDED: When.NEXT_DAYS,
    Sequel.MISSED: When.NEXT_DAYS,
    Sequel.CANCELLED_EARLY: When.LATER,
    Sequel.CANCELLED_IN_TIME: When.TODAY,
    Sequel.CANCELLED_LATE: When.SOON,
    Sequel.CANCELLED_BY_PROVIDER: When.LATER,
}


def apportion(shares: Mapping[T, int], total: int) -> dict[T, int]:
    """Whole numbers in these shares that add up to `total` (largest remainders first, ties in the order given)."""
    whole = sum(shares.values())
    counts = {key: share * total // whole for key, share in shares.items()}
    by_remainder = sorted(shares, key=lambda key: -(shares[key] * total % whole))
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts
