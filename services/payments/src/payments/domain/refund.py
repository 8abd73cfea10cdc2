"""Refunds: asked for by booking or by people, caused by a second capture, or found at MercadoPago."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from common.errors import Refusal
from common.money import Money
from contracts.ids import AccountId, PaymentId, RefundId
from payments.domain.approval import NotAwaitingApproval, must_be_another
from payments.domain.charge import CONTESTED, Charge, ChargeId, RefundSeen, Snapshot
from payments.domain.position import Place

REFUNDABLE_FOR: Final = timedelta(days=180)
"""MercadoPago gives back no payment that is older."""


class RefundStatus(StrEnum):
    """`sent` may or may not have been carried out; `refused` and `blocked` wait for a person.

    `awaiting_approval` waits for a second person, who makes it `due` or `rejected`.
    """

    AWAITING_APPROVAL = "awaiting_approval"
    REJECTED = "rejected"
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
RESERVED: Final = frozenset({RefundStatus.AWAITING_APPROVAL, RefundStatus.DUE, RefundStatus.SENT})
"""Not given back yet, and promised to the payer."""


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
    `sent_by` is the first of two who say that they gave it back by a bank transfer.
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
    created_at: datetime | None = None

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

    def sent_by_hand(self, by: AccountId) -> Self:
        """Somebody says that they transferred it: the first is remembered. SamePerson when the second is the first."""
        if self.sent_by is None:
            return replace(self, sent_by=by)
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


def left_to_ask(charge: Charge | None, refunds: Sequence[Refund], now: datetime, paid_at: datetime | None) -> Money:
    """What a person may still ask back of a charge: its money, less what is promised already.

    At the bank that is also what people still have to transfer.


    `refunds` are the intent's; those without a charge yet are of the charge that counts. NothingToRefund,
    RefundTooLate, RefundWhileDisputed.
    """
    if charge is None:
        raise NothingToRefund
    if charge.status in CONTESTED:
        raise RefundWhileDisputed
    if paid_at is not None and now - paid_at > REFUNDABLE_FOR:
        raise RefundTooLate
    reserved = RESERVED | {RefundStatus.BLOCKED} if charge.at is Place.BANK else RESERVED
    promised = Money(
        sum(each.amount.minor for each in refunds if each.status in reserved and each.charge_id in (None, charge.id)),
        charge.captured.currency,
    )
    return charge.left - promised


def asked_by_people(refunds: Sequence[Refund]) -> Money:
    """What people asked back of an intent without a second person's word: many small ones add up."""
    return Money(
        sum(
            each.amount.minor
            for each in refunds
            if each.origin in BY_PEOPLE
            and each.decided_by is None
            and each.status is not RefundStatus.AWAITING_APPROVAL
        )
    )
