"""Client credit: what the platform owes a client in services, who gives it, and how it is paid with.

It is one balance per client and vertical, changed by movements alone. In the ledger it is `client_credit`; a charge
paid with it is one whose money stands there, so that captures, refunds and earnings go the way of all others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from common.errors import Refusal
from common.money import Money
from contracts.ids import AccountId, CreditId, PaymentId, RefundId
from payments.domain.approval import NotAwaitingApproval, must_be_another
from payments.domain.charge import Charge, ChargeId, ChargeStatus, RefundSeen, Snapshot
from payments.domain.intent import Intent
from payments.domain.ledger import Entry, EntryKind, Posting
from payments.domain.position import Account, Place
from payments.domain.reference import Reference

METHOD: Final = "credit"
COUNTED_FOR: Final = timedelta(hours=24)
"""So long what one client was given counts towards what may be given it without a second person."""


class CreditKind(StrEnum):
    """Why a balance changed. `taken_back`: its client was erased and can spend it no more."""

    GRANTED = "granted"
    SPENT = "spent"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"


class CreditStatus(StrEnum):
    """Only what is `done` counts. A grant may wait for a second person, who makes it `done` or `rejected`."""

    AWAITING_APPROVAL = "awaiting_approval"
    REJECTED = "rejected"
    DONE = "done"


class CreditReason(StrEnum):
    """Why a person gives credit: a code, never free text about somebody."""

    GOODWILL = "goodwill"
    CORRECTION = "correction"
    PROMOTION = "promotion"


class NotEnoughCredit(Refusal):
    """The client's credit does not cover the whole amount."""


class UnknownClient(Refusal):
    """Nobody by this id ever booked here, or the account was erased."""


@dataclass(frozen=True, slots=True)
class CreditAccount:
    """What a client has here; the caller holds its row wherever it matters."""

    client_id: AccountId
    balance: Money

    def must_cover(self, wanted: Money) -> None:
        """NotEnoughCredit, with what is there and what is wanted."""
        if self.balance.currency != wanted.currency or self.balance < wanted:
            there = self.balance if self.balance.currency == wanted.currency else Money.zero(wanted.currency)
            raise NotEnoughCredit(credit=float(there.as_units()), wanted=float(wanted.as_units()))


@dataclass(frozen=True, slots=True)
class CreditMovement:
    """One change of a balance: `amount` is below zero where it gets less. `reference` names the effect, once for good.

    `payment_id` is what it was spent on or came back from. `granted_by` and `approved_by` are the persons behind a
    grant; the second is also who rejected it.
    """

    id: CreditId
    client_id: AccountId
    kind: CreditKind
    amount: Money
    reference: str
    created_at: datetime
    status: CreditStatus = CreditStatus.DONE
    payment_id: PaymentId | None = None
    reason: CreditReason | None = None
    granted_by: AccountId | None = None
    approved_by: AccountId | None = None

    def approved(self, by: AccountId) -> Self:
        """Counts from now on. NotAwaitingApproval, SamePerson."""
        return self._decided(by, CreditStatus.DONE)

    def rejected(self, by: AccountId) -> Self:
        """Never counts. NotAwaitingApproval, SamePerson."""
        return self._decided(by, CreditStatus.REJECTED)

    def _decided(self, by: AccountId, status: CreditStatus) -> Self:
        if self.status is not CreditStatus.AWAITING_APPROVAL or self.granted_by is None:
            raise NotAwaitingApproval
        must_be_another(self.granted_by, by)
        return replace(self, status=status, approved_by=by)


def charge_id_of(payment_id: PaymentId) -> ChargeId:
    """The name of what a payment took from its client's credit, among charges."""
    return ChargeId(f"credit:{payment_id}")


def refund_name(refund_id: RefundId) -> str:
    """The name of what a refund put back, among refunds."""
    return f"credit:refund:{refund_id}"


def spent(movement_id: CreditId, intent: Intent, now: datetime) -> CreditMovement:
    """All of the payment's amount leaves the balance."""
    return CreditMovement(
        id=movement_id,
        client_id=intent.client_id,
        kind=CreditKind.SPENT,
        amount=_negative(intent.amount),
        reference=charge_id_of(intent.id),
        created_at=now,
        payment_id=intent.id,
    )


def returned(
    movement_id: CreditId, intent: Intent, refund_id: RefundId, amount: Money, now: datetime
) -> CreditMovement:
    """What goes back of a payment is there again."""
    return CreditMovement(
        id=movement_id,
        client_id=intent.client_id,
        kind=CreditKind.RETURNED,
        amount=amount,
        reference=refund_name(refund_id),
        created_at=now,
        payment_id=intent.id,
    )


def taken_back(movement_id: CreditId, account: CreditAccount, now: datetime) -> CreditMovement:
    """All that is left of it, once nobody is there to spend it."""
    return CreditMovement(
        id=movement_id,
        client_id=account.client_id,
        kind=CreditKind.TAKEN_BACK,
        amount=_negative(account.balance),
        reference=f"credit:taken-back:{movement_id}",
        created_at=now,
    )


def grant_reference(grant_id: CreditId) -> str:
    """The name of a grant's effect, in the ledger too."""
    return f"credit:{grant_id}"


def paid_with(scope: str, intent: Intent, now: datetime) -> Snapshot:
    """The payment as one that was made with credit. Nobody keeps a fee of it, and nothing of it has to be released."""
    nothing = Money.zero(intent.amount.currency)
    return Snapshot(
        id=charge_id_of(intent.id),
        external_reference=str(Reference(scope, intent.id)),
        collector_id=intent.collector_id,
        status=ChargeStatus.APPROVED,
        detail="credit",
        amount=intent.amount,
        refunded=nothing,
        method=METHOD,
        updated_at=now,
        fee=nothing,
        withheld=nothing,
        released=True,
        approved_at=now,
        at=Place.CREDIT,
    )


def went_back(
    scope: str, intent: Intent, charge: Charge, refunds: Iterable[RefundSeen], one_more: RefundSeen, now: datetime
) -> Snapshot:
    """The charge after one more refund; `refunds` are those that were made before."""
    return charge.after((*refunds, one_more), str(Reference(scope, intent.id)), intent.collector_id, now)


def credit_entry(movement: CreditMovement) -> Entry:
    """What a grant, or taking credit back, posts: the platform gives up revenue, or has it again."""
    lines = (
        Posting(Account.CLIENT_CREDIT, _negative(movement.amount)),
        Posting(Account.COMMISSION_REVENUE, movement.amount),
    )
    return Entry(EntryKind.CREDIT, movement.reference, lines)


def _negative(amount: Money) -> Money:
    return Money(-amount.minor, amount.currency)
