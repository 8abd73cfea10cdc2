"""Refunds: asked for by booking or by people, caused by a second capture, or found at MercadoPago."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from common.errors import Refusal
from common.money import Money
from contracts.ids import AccountId, PaymentId, RefundId
from payments.domain.approval import NotAwaitingApproval, must_be_another
from payments.domain.charge import ChargeId, RefundSeen, Snapshot


class RefundStatus(StrEnum):
    """`sent` may or may not have been carried out; `refused` and `blocked` wait for a person.

    `awaiting_approval` waits for a second person, who makes it `due` or `rejected`. `abandoned` is not made any more:
    others gave that money back, or a person settled that it stays.
    """

    AWAITING_APPROVAL = "awaiting_approval"
    REJECTED = "rejected"
    DUE = "due"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    BLOCKED = "blocked"
    ABANDONED = "abandoned"


_GIVEN_UP: Final = frozenset({RefundStatus.REFUSED, RefundStatus.BLOCKED})
_NOT_MADE: Final = _GIVEN_UP | {RefundStatus.ABANDONED}


class NotRetriable(Refusal):
    """The refund was made, or its case was settled: there is nothing to try again."""


class RefundOrigin(StrEnum):
    """Who wanted the money back."""

    BOOKING = "booking"
    SURPLUS = "surplus"
    EXTERNAL = "external"
    OPERATOR = "operator"
    PROVIDER = "provider"


class RefundReason(StrEnum):
    """Why a person gives money back: a code, never free text about somebody."""

    CLIENT_REQUEST = "client-request"
    SERVICE_NOT_RENDERED = "service-not-rendered"
    WRONG_AMOUNT = "wrong-amount"
    DUPLICATE = "duplicate"
    GOODWILL = "goodwill"


BY_PEOPLE: Final = frozenset({RefundOrigin.OPERATOR, RefundOrigin.PROVIDER})


class NothingToRefund(Refusal):
    """Nothing was paid here, or all of it went back already."""


class RefundExceedsCapture(Refusal):
    """That is more than is left of what was paid."""


class RefundTooLate(Refusal):
    """The payment is too old to be given back through MercadoPago."""


class RefundWhileDisputed(Refusal):
    """The payer's bank contests this payment; nothing can be given back until that is decided."""


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund for good: `id` names it at both ends. `found_id` is MercadoPago's id of it.

    `refusals` counts how often it was refused for a reason that may pass, `retries` how often a person had it asked
    anew under another key. `asked_by` is the person who asked, where one did; `decided_by` is the second person.
    `sent_by` is the first of two who say that it was given back by a bank transfer, `sent_as` the one they named.
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
    asked_by: AccountId | None = None
    decided_by: AccountId | None = None
    sent_by: AccountId | None = None
    sent_as: str | None = None
    created_at: datetime | None = None

    @property
    def is_given_up(self) -> bool:
        """Not made, and made no more unless a person says so or makes it elsewhere."""
        return self.status in _NOT_MADE

    @property
    def key(self) -> str:
        """The idempotency key at MercadoPago: the same for every try, another only after a definite failure."""
        return f"rf:{self.id}:r{self.retries}" if self.retries else f"rf:{self.id}"

    def approved(self, by: AccountId) -> Self:
        """Due now. NotAwaitingApproval, SamePerson."""
        return self._decided(by, RefundStatus.DUE)

    def rejected(self, by: AccountId) -> Self:
        """Never made. NotAwaitingApproval, SamePerson."""
        return self._decided(by, RefundStatus.REJECTED)

    def _decided(self, by: AccountId, status: RefundStatus) -> Self:
        if self.status is not RefundStatus.AWAITING_APPROVAL:
            raise NotAwaitingApproval
        if self.asked_by is not None:
            must_be_another(self.asked_by, by)
        return replace(self, status=status, decided_by=by)

    def of(self, charge_id: ChargeId) -> Self:
        """Known to be of that payment."""
        return replace(self, charge_id=charge_id)

    def cut_to(self, left: Money) -> Self:
        """Of less: no more is there. A key that MercadoPago has seen stands for the amount that came with it."""
        return replace(self, amount=left, retries=self.retries + (1 if self.tries else 0))

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
        """Due once more, because a person says so; as it is when it is under way, NotRetriable when it is over.

        What MercadoPago had named and then failed is over there: only another key makes another. What was refused keeps
        its key, since a refund of ours whose answer was lost looks the same.
        """
        if self.status in (RefundStatus.DONE, RefundStatus.ABANDONED):
            raise NotRetriable
        if self.status not in _GIVEN_UP:
            return self
        failed = self.found_id is not None
        return replace(
            self, status=RefundStatus.DUE, found_id=None, refusals=0, retries=self.retries + (1 if failed else 0)
        )

    def abandoned(self) -> Self:
        """A person settled that it stays as it is; what is under way or made is none of that."""
        return replace(self, status=RefundStatus.ABANDONED) if self.status in _GIVEN_UP else self

    def sent_by_hand(self, by: AccountId, movement_id: str) -> Self:
        """Somebody says which transfer it was; as it is when two persons did. SamePerson when the second is the first.

        Whoever names another transfer than the one before is the first to name that one.
        """
        if self.sent_by is None or self.sent_as != movement_id:
            return replace(self, sent_by=by, sent_as=movement_id)
        must_be_another(self.sent_by, by)
        return self

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
    charge is `sent` at a time. One that has a name is told by it, even when it had been given up here. What is left may
    be one that was given up here and then made by a person in MercadoPago's panel: that too is told by its amount.
    """
    booked = {refund.found_id for refund in ours if refund.status is RefundStatus.DONE}
    waiting = [
        refund for refund in ours if refund.status is RefundStatus.SENT or refund.is_given_up or _is_named(refund)
    ]
    new = [found for found in seen.refunds if found.done and found.id not in booked]
    mine: dict[str, Refund] = {}
    for is_it in (_has_its_name, _is_unanswered, _was_made_elsewhere):
        for found in new:
            refund = next((refund for refund in waiting if is_it(refund, found)), None)
            if refund is not None and found.id not in mine:
                waiting.remove(refund)
                mine[found.id] = refund
    return tuple(Match(found, mine.get(found.id)) for found in new)


def _is_named(refund: Refund) -> bool:
    return refund.found_id is not None and refund.status is not RefundStatus.DONE


def _has_its_name(refund: Refund, found: RefundSeen) -> bool:
    return refund.found_id == found.id


def _is_unanswered(refund: Refund, found: RefundSeen) -> bool:
    return refund.status is RefundStatus.SENT and refund.found_id is None and refund.amount == found.amount


def _was_made_elsewhere(refund: Refund, found: RefundSeen) -> bool:
    return refund.is_given_up and refund.amount == found.amount
