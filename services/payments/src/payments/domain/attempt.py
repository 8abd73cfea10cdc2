"""The attempt: one request of ours to MercadoPago on an intent's behalf. A time-out is `unknown`, never failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from contracts.ids import PaymentId
from payments.domain.intent import IllegalMoveError
from payments.domain.method import Means


class AttemptStatus(StrEnum):
    """How far the request got; for a hosted page, what became of it."""

    NEW = "new"
    SENT = "sent"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


UNDECIDED: Final = frozenset({AttemptStatus.NEW, AttemptStatus.UNKNOWN})
"""The request may have to be made, or made again."""
_DECIDED: Final = frozenset(
    {
        AttemptStatus.PENDING,
        AttemptStatus.AUTHORIZED,
        AttemptStatus.SUCCEEDED,
        AttemptStatus.DECLINED,
        AttemptStatus.CANCELLED,
    }
)
MOVES: Final[Mapping[AttemptStatus, frozenset[AttemptStatus]]] = {
    AttemptStatus.NEW: frozenset(
        {AttemptStatus.SENT, AttemptStatus.UNKNOWN, AttemptStatus.DECLINED, AttemptStatus.CANCELLED}
    ),
    AttemptStatus.SENT: _DECIDED | {AttemptStatus.UNKNOWN},
    AttemptStatus.UNKNOWN: _DECIDED | {AttemptStatus.SENT},
    # On a hosted page the payer may try another card after one is refused: the page is then merely sent again.
    AttemptStatus.PENDING: _DECIDED | {AttemptStatus.SENT},
    AttemptStatus.AUTHORIZED: frozenset({AttemptStatus.SUCCEEDED, AttemptStatus.CANCELLED}),
    # Late money: the request had been given up here, and was not there.
    AttemptStatus.CANCELLED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.DECLINED: frozenset(),
    AttemptStatus.SUCCEEDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """`tries` counts how often the request left; `busy_until` is when somebody else may take it up again.

    `means` are what it is paid with beside MercadoPago's page. They are kept for as long as the request may have to be
    repeated word for word, and no longer; `token_print` stays, to know a card's token again.
    """

    intent_id: PaymentId
    n: int
    status: AttemptStatus = AttemptStatus.NEW
    tries: int = 0
    preference_id: str | None = None
    busy_until: datetime | None = None
    problem: str | None = None
    means: Means | None = field(default=None, repr=False)
    token_print: bytes | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """The idempotency key: the same for every try, another only after a definite decline."""
        return f"pi:{self.intent_id}:a{self.n}"

    def is_busy(self, now: datetime) -> bool:
        return self.busy_until is not None and self.busy_until > now

    def taken(self, until: datetime) -> Self:
        """About to be sent, once more if need be."""
        return replace(self, tries=self.tries + 1, busy_until=until)

    def to(self, status: AttemptStatus, problem: str | None = None) -> Self:
        """In another state and nobody's; staying is allowed, IllegalMoveError for what does not follow."""
        if status is not self.status and status not in MOVES[self.status]:
            raise IllegalMoveError(f"{self.status} -> {status}")
        means = self.means if status in UNDECIDED else None
        return replace(self, status=status, busy_until=None, problem=problem, means=means)

    def sent(self, preference_id: str) -> Self:
        """MercadoPago answered with a page. An attempt that money overtook keeps its state and learns the page."""
        known = replace(self, preference_id=preference_id, busy_until=None)
        return known.to(AttemptStatus.SENT) if self.status in {AttemptStatus.NEW, AttemptStatus.UNKNOWN} else known

    def followed(self, status: AttemptStatus, problem: str | None = None) -> Self:
        """What the payer did on our page tells where the request stands; a declined one stays as it is."""
        base = self.to(AttemptStatus.SENT) if self.status is AttemptStatus.NEW else self
        return base.to(status, problem) if status in MOVES[base.status] else base

    @property
    def never_left(self) -> bool:
        """MercadoPago certainly knows nothing of it: it may still be paid with something else."""
        return self.status is AttemptStatus.NEW and not self.tries

    def not_accepted(self, problem: str) -> Self:
        """MercadoPago certainly did not take this try on; of earlier ones it says nothing."""
        known = self.to(self.status, problem)
        return replace(known, tries=0) if self.status is AttemptStatus.NEW and self.tries == 1 else known

    def paid_with(self, means: Means) -> Self:
        """A request that names a card or a payer."""
        token_print = means.card.token_print if means.card is not None else None
        return replace(self, means=means, token_print=token_print)

    def next(self) -> Self:
        """The attempt after a definite decline."""
        return type(self)(self.intent_id, self.n + 1)
