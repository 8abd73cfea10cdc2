"""Disputes: what MercadoPago shows of a chargeback or a claim, and how it stands.

A status is not moved but reckoned, from what the dispute shows of itself and from how its payment stands. So whatever
order the two are seen in, it ends the same, and one that is opened anew needs no rule of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Self

from common.money import Money
from contracts.ids import BookingId, PaymentId, ProviderId
from payments.domain.charge import LOST_DETAIL, WON_DETAIL, Charge, ChargeId, ChargeStatus, Contest, Snapshot
from payments.domain.intent import Intent

DisputeId = NewType("DisputeId", str)
"""MercadoPago's id of a chargeback or a claim."""


class DisputeKind(StrEnum):
    """Who was asked: the payer's bank, or MercadoPago itself."""

    CHARGEBACK = "chargeback"
    CLAIM = "claim"


class DisputeStatus(StrEnum):
    """How a dispute stands. A decided one may be opened again."""

    OPENED = "opened"
    DOCUMENTS_DUE = "documents_due"
    IN_REVIEW = "in_review"
    WON = "won"
    LOST = "lost"


DECIDED: Final = frozenset({DisputeStatus.WON, DisputeStatus.LOST})


class Papers(StrEnum):
    """MercadoPago's `documentation_status`."""

    PENDING = "pending"
    REVIEW_PENDING = "review_pending"
    VALID = "valid"
    INVALID = "invalid"
    NOT_SUPPLIED = "not_supplied"
    NOT_APPLICABLE = "not_applicable"


_READ: Final = frozenset({Papers.REVIEW_PENDING, Papers.VALID, Papers.INVALID, Papers.NOT_SUPPLIED})


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """A chargeback or claim as MercadoPago showed it at `updated_at`, parsed and never trusted blindly.

    `coverage` is the verdict: true when the seller keeps the money, false when it is gone, None while that is open.
    A claim tells no amount and wants no documents here.
    """

    id: DisputeId
    kind: DisputeKind
    charge_ids: tuple[ChargeId, ...]
    opened_at: datetime
    updated_at: datetime
    amount: Money | None = None
    coverage: bool | None = None
    eligible: bool = False
    wanted: bool = False
    papers: Papers = Papers.NOT_APPLICABLE
    deadline: datetime | None = None

    def about(self, charge_id: ChargeId) -> Self:
        """As it is about that payment: the amount is that of all its payments together."""
        return self if self.charge_ids in ((), (charge_id,)) else replace(self, amount=None)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as we know it. `contested`: its payment was seen contested since, so that it may be seen decided.

    `told` is the last of its news that was published. One about several payments is kept once for each of them: all
    but one have an id of their own here.
    """

    id: DisputeId
    kind: DisputeKind
    charge_id: ChargeId
    intent_id: PaymentId
    booking_id: BookingId
    provider_id: ProviderId
    amount: Money
    status: DisputeStatus
    papers: Papers
    wanted: bool
    eligible: bool
    coverage: bool | None
    deadline: datetime | None
    contested: bool
    opened_at: datetime
    updated_at: datetime
    decided_at: datetime | None = None
    told: str = ""

    @property
    def news(self) -> str:
        """What the provider is told of it while it is open, under a name of its own; nothing when there is no need."""
        if self.status is DisputeStatus.DOCUMENTS_DUE:
            # Without a deadline nobody knows yet what to ask for: operators have a case.
            return f"{self.status} {self.deadline.isoformat()}" if self.deadline is not None else ""
        return self.status.value if self.status is DisputeStatus.OPENED else ""

    @property
    def is_decided(self) -> bool:
        return self.status in DECIDED

    @property
    def outside_id(self) -> DisputeId:
        """What MercadoPago calls it."""
        return DisputeId(self.id.removesuffix(f".{self.charge_id}"))

    def beside(self) -> Self:
        """With an id of its own: MercadoPago's is that of the same dispute about another payment."""
        return replace(self, id=DisputeId(f"{self.id}.{self.charge_id}"))

    def shown(self, seen: DisputeSeen) -> Self:
        """After what MercadoPago shows now; the same when it is older than what is known."""
        if seen.updated_at < self.updated_at:
            return self
        return replace(
            self,
            amount=seen.amount or self.amount,
            papers=seen.papers,
            wanted=seen.wanted,
            eligible=seen.eligible,
            coverage=seen.coverage,
            deadline=seen.deadline,
            updated_at=seen.updated_at,
        )

    def followed(self, charge: Charge | None, now: datetime) -> Self:
        """Reckoned anew from itself and its payment; None when that is not known yet."""
        contested = self.contested or (charge is not None and charge.contest is not Contest.NONE)
        status = _by_payment(charge) if charge is not None and contested else None
        status = status or _by_itself(self)
        decided = (self.decided_at if status is self.status else None) or now
        return replace(self, status=status, contested=contested, decided_at=decided if status in DECIDED else None)


def opened(seen: DisputeSeen, intent: Intent, charge_id: ChargeId) -> Dispute:
    """A dispute seen for the first time, about that payment."""
    return Dispute(
        id=seen.id,
        kind=seen.kind,
        charge_id=charge_id,
        intent_id=intent.id,
        booking_id=intent.booking_id,
        provider_id=intent.provider_id,
        amount=seen.amount or intent.captured,
        status=DisputeStatus.OPENED,
        papers=seen.papers,
        wanted=seen.wanted,
        eligible=seen.eligible,
        coverage=seen.coverage,
        deadline=seen.deadline,
        contested=False,
        opened_at=seen.opened_at,
        updated_at=seen.updated_at,
    )


def decided_by(snapshot: Snapshot, disputes: Sequence[Dispute]) -> Snapshot:
    """The payment with the verdict that its chargeback tells already and itself not yet."""
    if snapshot.status is not ChargeStatus.CHARGED_BACK or snapshot.contest is not Contest.OPEN:
        return snapshot
    verdicts = [one.coverage for one in disputes if one.kind is DisputeKind.CHARGEBACK]
    if not verdicts or None in verdicts:
        return snapshot
    return replace(snapshot, detail=WON_DETAIL if all(verdicts) else LOST_DETAIL)


def _by_payment(charge: Charge) -> DisputeStatus | None:
    """What the payment says; None when it leaves it open."""
    if charge.contest is Contest.LOST or charge.status is ChargeStatus.REFUNDED:
        return DisputeStatus.LOST
    if charge.contest is Contest.WON or charge.status is ChargeStatus.APPROVED:
        return DisputeStatus.WON
    return None


def _by_itself(dispute: Dispute) -> DisputeStatus:
    if dispute.coverage is not None:
        return DisputeStatus.WON if dispute.coverage else DisputeStatus.LOST
    if dispute.papers in _READ:
        return DisputeStatus.IN_REVIEW
    return DisputeStatus.DOCUMENTS_DUE if dispute.wanted else DisputeStatus.OPENED
