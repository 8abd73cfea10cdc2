"""The charge: one payment as MercadoPago has it, and the snapshot in which its state reaches us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from common.money import Money
from contracts.ids import PaymentId
from payments.domain.method import Ticket
from payments.domain.position import Place

ChargeId = NewType("ChargeId", str)
"""MercadoPago's id of a payment, or `bank:` and the id of the bank's movement, or `credit:` and our payment's."""


class ChargeStatus(StrEnum):
    """MercadoPago's statuses of a payment."""

    PENDING = "pending"
    IN_PROCESS = "in_process"
    AUTHORIZED = "authorized"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    IN_MEDIATION = "in_mediation"
    CHARGED_BACK = "charged_back"


UNDECIDED: Final = frozenset({ChargeStatus.PENDING, ChargeStatus.IN_PROCESS, ChargeStatus.AUTHORIZED})
"""May still become money; can be cancelled."""
TAKEN: Final = frozenset(
    {ChargeStatus.APPROVED, ChargeStatus.REFUNDED, ChargeStatus.IN_MEDIATION, ChargeStatus.CHARGED_BACK}
)
"""The money was captured, whatever became of it later."""
CONTESTED: Final = frozenset({ChargeStatus.IN_MEDIATION, ChargeStatus.CHARGED_BACK})


class Contest(StrEnum):
    """How a dispute about a payment stands, as far as the money goes."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


LOST_DETAIL: Final = "settled"
WON_DETAIL: Final = "reimbursed"
_VERDICTS: Final = {LOST_DETAIL: Contest.LOST, WON_DETAIL: Contest.WON}
"""A chargeback stays `charged_back` for good: its status_detail says who has the money in the end."""


def contest_of(status: ChargeStatus, detail: str) -> Contest:
    """What a payment's status and status_detail say of a dispute."""
    if status is ChargeStatus.CHARGED_BACK:
        return _VERDICTS.get(detail, Contest.OPEN)
    return Contest.OPEN if status is ChargeStatus.IN_MEDIATION else Contest.NONE


_STEPS: Final[Mapping[ChargeStatus, frozenset[ChargeStatus]]] = {
    ChargeStatus.PENDING: frozenset(
        {ChargeStatus.IN_PROCESS, ChargeStatus.APPROVED, ChargeStatus.REJECTED, ChargeStatus.CANCELLED}
    ),
    ChargeStatus.IN_PROCESS: frozenset(
        {ChargeStatus.PENDING, ChargeStatus.APPROVED, ChargeStatus.REJECTED, ChargeStatus.CANCELLED}
    ),
    ChargeStatus.AUTHORIZED: frozenset({ChargeStatus.APPROVED, ChargeStatus.CANCELLED}),
    ChargeStatus.APPROVED: frozenset({ChargeStatus.REFUNDED, *CONTESTED}),
    ChargeStatus.IN_MEDIATION: frozenset({ChargeStatus.APPROVED, ChargeStatus.REFUNDED, ChargeStatus.CHARGED_BACK}),
    ChargeStatus.CHARGED_BACK: frozenset({ChargeStatus.APPROVED}),
    ChargeStatus.REJECTED: frozenset(),
    ChargeStatus.CANCELLED: frozenset(),
    ChargeStatus.REFUNDED: frozenset(),
}


def _reachable(start: ChargeStatus) -> frozenset[ChargeStatus]:
    found: set[ChargeStatus] = set()
    ahead = {start}
    while ahead:
        found |= ahead
        ahead = set().union(*(_STEPS[status] for status in ahead)) - found
    return frozenset(found)


_AFTER: Final = {status: _reachable(status) for status in ChargeStatus}


def may_follow(before: ChargeStatus, after: ChargeStatus) -> bool:
    """Whether `after` can come of `before`, now or by states nobody told us of (a webhook may be lost)."""
    return after in _AFTER[before]


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """One refund as MercadoPago has it; `done` when the money went back, `failed` when it never will."""

    id: str
    amount: Money
    done: bool
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A payment as MercadoPago showed it at `updated_at` (its date_last_updated), parsed and never trusted blindly.

    `fee` and `withheld` (taxes) are what it keeps of our side, less what it gave back of them; `released` says that the
    rest can be withdrawn.
    """

    id: ChargeId
    external_reference: str | None
    collector_id: str
    status: ChargeStatus
    detail: str
    amount: Money
    refunded: Money
    method: str | None
    updated_at: datetime
    fee: Money
    withheld: Money
    released: bool = False
    approved_at: datetime | None = None
    refunds: tuple[RefundSeen, ...] = ()
    ticket: Ticket | None = None
    """Where it is paid, when that is elsewhere."""
    at: Place = Place.MERCADOPAGO

    @property
    def contest(self) -> Contest:
        return contest_of(self.status, self.detail)


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment as we know it. `surplus`: its money came on top of another's and goes back.

    `lost` went back to the payer by a dispute. `entries` counts the ledger's entries that no effect outside names.
    """

    id: ChargeId
    intent_id: PaymentId
    status: ChargeStatus
    detail: str
    method: str | None
    updated_at: datetime
    captured: Money
    refunded: Money
    fee: Money
    withheld: Money
    lost: Money
    released: bool = False
    surplus: bool = False
    entries: int = 0
    at: Place = Place.MERCADOPAGO

    @property
    def left(self) -> Money:
        """What can still be given back."""
        return self.captured - self.refunded - self.lost

    @property
    def contested(self) -> Money:
        """What MercadoPago keeps back until a dispute is decided."""
        return self.left if self.contest is Contest.OPEN else Money.zero(self.captured.currency)

    @property
    def contest(self) -> Contest:
        return contest_of(self.status, self.detail)

    def after(self, refunds: tuple[RefundSeen, ...], reference: str, collector_id: str, at: datetime) -> Snapshot:
        """The same once these went back of it, where no other than we gave them back."""
        back = Money(sum(each.amount.minor for each in refunds), self.captured.currency)
        return Snapshot(
            id=self.id,
            external_reference=reference,
            collector_id=collector_id,
            status=ChargeStatus.REFUNDED if back == self.captured else ChargeStatus.APPROVED,
            detail=self.detail,
            amount=self.captured,
            refunded=back,
            method=self.method,
            updated_at=max(self.updated_at, at),
            fee=self.fee,
            withheld=self.withheld,
            released=True,
            refunds=refunds,
            at=self.at,
        )

    def shows(self, seen: Snapshot) -> bool:
        """Whether the snapshot tells nothing new."""
        known = (self.status, self.contest, self.refunded, self.fee, self.withheld, self.released)
        return known == (seen.status, seen.contest, seen.refunded, seen.fee, seen.withheld, seen.released)
