"""Refunds: asked for by booking, caused by a second capture, or found at MercadoPago."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from common.errors import Refusal
from common.money import Money
from contracts.ids import PaymentId, RefundId
from payments.domain.charge import Charge, ChargeId, RefundSeen, Snapshot


class RefundStatus(StrEnum):
    """`sent` may or may not have been carried out; `refused` and `blocked` wait for a person."""

    DUE = "due"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    BLOCKED = "blocked"


_GIVEN_UP: Final = frozenset({RefundStatus.REFUSED, RefundStatus.BLOCKED})


class NotRetriable(Refusal):
    """The refund was made: there is nothing to try again."""


class RefundOrigin(StrEnum):
    """Who wanted the money back."""

    BOOKING = "booking"
    SURPLUS = "surplus"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund for good: `id` names it at both ends. `found_id` is MercadoPago's id of it.

    `refusals` counts how often it was refused for a reason that may pass, `retries` how often a person had it asked
    anew under another key.
    """

    id: RefundId
    intent_id: PaymentId
    charge_id: ChargeId | None
    amount: Money
    origin: RefundOrigin
    reason: str
    status: RefundStatus = RefundStatus.DUE
    found_id: str | None = None
    tries: int = 0
    refusals: int = 0
    retries: int = 0

    @property
    def key(self) -> str:
        """The idempotency key at MercadoPago: the same for every try, another only after a definite failure."""
        return f"rf:{self.id}:r{self.retries}" if self.retries else f"rf:{self.id}"

    def sent(self, charge_id: ChargeId) -> Self:
        """About to be asked of MercadoPago, once more if need be."""
        return replace(self, charge_id=charge_id, status=RefundStatus.SENT, tries=self.tries + 1)

    def found(self, found_id: str) -> Self:
        """MercadoPago named it: from here on it is told by its id and not by its amount."""
        return replace(self, found_id=found_id)

    def refused(self) -> Self:
        """Refused once more, perhaps only because MercadoPago does not show yet what it did."""
        return replace(self, refusals=self.refusals + 1)

    def done(self, found_id: str) -> Self:
        """The money went back."""
        return replace(self, status=RefundStatus.DONE, found_id=found_id)

    def retried(self) -> Self:
        """Due once more, because a person says so; as it is when it is under way, NotRetriable when it is done.

        What MercadoPago had named and then failed is over there: only another key makes another. What was refused keeps
        its key, since a refund of ours whose answer was lost looks the same.
        """
        if self.status is RefundStatus.DONE:
            raise NotRetriable
        if self.status not in _GIVEN_UP:
            return self
        failed = self.found_id is not None
        return replace(
            self, status=RefundStatus.DUE, found_id=None, refusals=0, retries=self.retries + (1 if failed else 0)
        )

    def ended(self, status: RefundStatus) -> Self:
        """A person has to look."""
        return replace(self, status=status)


@dataclass(frozen=True, slots=True)
class Match:
    """A refund found at MercadoPago that we had not booked; `refund` is ours for it, None when nobody here asked."""

    seen: RefundSeen
    refund: Refund | None


def match_refunds(seen: Snapshot, ours: Sequence[Refund]) -> tuple[Match, ...]:
    """The snapshot's refunds not booked yet, each with the row of ours it carries out.

    MercadoPago's refund does not name our key, so an unanswered one is told by its amount: at most one refund of a
    charge is `sent` at a time. One that has a name is told by it, even when it had been given up here.
    """
    booked = {refund.found_id for refund in ours if refund.status is RefundStatus.DONE}
    waiting = [refund for refund in ours if refund.status is RefundStatus.SENT or _is_named(refund)]
    matches = []
    for found in seen.refunds:
        if not found.done or found.id in booked:
            continue
        mine = next((refund for refund in waiting if _is(refund, found)), None)
        if mine is not None:
            waiting.remove(mine)
        matches.append(Match(found, mine))
    return tuple(matches)


def _is_named(refund: Refund) -> bool:
    return refund.found_id is not None and refund.status is not RefundStatus.DONE


def _is(refund: Refund, found: RefundSeen) -> bool:
    if refund.found_id is not None:
        return refund.found_id == found.id
    return refund.amount == found.amount


def has_room(charge: Charge, refund: Refund) -> bool:
    """Whether the refund stays within what the charge captured and did not give back yet."""
    return refund.amount <= charge.left
