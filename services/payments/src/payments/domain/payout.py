"""A payout: what a provider has earned, on its way to the provider's bank, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from common.money import Money
from contracts.ids import AccountId, PayoutId, ProviderId
from payments.domain.approval import NotAwaitingApproval, must_be_another, needs_second_person
from payments.domain.bank import BatchId
from payments.domain.ledger import Entry, EntryKind, Posting
from payments.domain.payout_account import AccountFault
from payments.domain.position import Account

MOST_IN_BATCH: Final = 500
_LONGEST_REFERENCE: Final = 30


class PayoutStatus(StrEnum):
    """`failed`, `reversed` and `cancelled` are ends in which the money is the provider's with us again."""

    DUE = "due"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    BATCHED = "batched"
    SENT = "sent"
    EXECUTED = "executed"
    FAILED = "failed"
    REVERSED = "reversed"
    CANCELLED = "cancelled"


OPEN: Final = frozenset(
    {
        PayoutStatus.DUE,
        PayoutStatus.AWAITING_APPROVAL,
        PayoutStatus.APPROVED,
        PayoutStatus.BATCHED,
        PayoutStatus.SENT,
    }
)
"""A provider has one of these at most."""
AT_THE_BANK: Final = frozenset({PayoutStatus.BATCHED, PayoutStatus.SENT})
_NEXT: Final[Mapping[PayoutStatus, frozenset[PayoutStatus]]] = {
    PayoutStatus.DUE: frozenset({PayoutStatus.AWAITING_APPROVAL, PayoutStatus.APPROVED}),
    PayoutStatus.AWAITING_APPROVAL: frozenset({PayoutStatus.APPROVED, PayoutStatus.CANCELLED}),
    PayoutStatus.APPROVED: frozenset({PayoutStatus.BATCHED}),
    # Back to approved when the bank refused the batch for another one's sake.
    PayoutStatus.BATCHED: frozenset({PayoutStatus.SENT, PayoutStatus.FAILED, PayoutStatus.APPROVED}),
    PayoutStatus.SENT: frozenset({PayoutStatus.EXECUTED, PayoutStatus.FAILED}),
    PayoutStatus.EXECUTED: frozenset({PayoutStatus.REVERSED}),
    PayoutStatus.FAILED: frozenset(),
    PayoutStatus.REVERSED: frozenset(),
    PayoutStatus.CANCELLED: frozenset(),
}


class IllegalStepError(ValueError):
    """A payout cannot go from the one state to the other."""


@dataclass(frozen=True, slots=True)
class PayoutRules:
    """`limit` is what may leave without two persons' approval; `paused` stops payouts that are not at the bank yet."""

    limit: Money = field(default_factory=lambda: Money(1_000_000_00))
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout. Where it goes is not in it: bank data stays in the table."""

    id: PayoutId
    version: int
    provider_id: ProviderId
    amount: Money
    status: PayoutStatus
    first_day: date
    last_day: date
    batch_id: BatchId | None = None
    first_approver: AccountId | None = None
    second_approver: AccountId | None = None
    reason: str | None = None

    @classmethod
    def made(
        cls, payout_id: PayoutId, provider_id: ProviderId, amount: Money, days: tuple[date, date], rules: PayoutRules
    ) -> Self:
        """Reckoned; one over the limit waits for two persons."""
        due = cls(payout_id, 1, provider_id, amount, PayoutStatus.DUE, *days)
        return due.screened(rules.limit)

    def screened(self, limit: Money) -> Self:
        """Free to go, or waiting for two persons."""
        waits = needs_second_person(self.amount, limit)
        return self._to(PayoutStatus.AWAITING_APPROVAL if waits else PayoutStatus.APPROVED)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def reference(self) -> str:
        """What the payee reads: the id without its first byte, which is the same for decades."""
        return self.id.hex[-_LONGEST_REFERENCE:]

    def approved(self, by: AccountId) -> Self:
        """The first person, or another one after the first. NotAwaitingApproval, SamePerson."""
        if self.status is not PayoutStatus.AWAITING_APPROVAL:
            raise NotAwaitingApproval
        if self.first_approver is None:
            return replace(self, first_approver=by, version=self.version + 1)
        must_be_another(self.first_approver, by)
        return replace(self._to(PayoutStatus.APPROVED), second_approver=by)

    def rejected(self) -> Self:
        """Not to be paid: whoever says no moves no money, so one person is enough. NotAwaitingApproval."""
        if self.status is not PayoutStatus.AWAITING_APPROVAL:
            raise NotAwaitingApproval
        return replace(self._to(PayoutStatus.CANCELLED), reason="rejected")

    def batched(self, batch_id: BatchId) -> Self:
        """In a batch that the bank may have."""
        return replace(self._to(PayoutStatus.BATCHED), batch_id=batch_id)

    def out_of_batch(self) -> Self:
        """The bank certainly does not have it: free for the next batch."""
        if self.status is not PayoutStatus.BATCHED:
            raise IllegalStepError(f"{self.status} is in no batch")
        return replace(self._to(PayoutStatus.APPROVED), batch_id=None)

    def sent(self) -> Self:
        """The bank has it."""
        return self if self.status is PayoutStatus.SENT else self._to(PayoutStatus.SENT)

    def executed(self) -> Self:
        """The bank carried it out."""
        if self.status is PayoutStatus.BATCHED:
            return self.sent().executed()
        return self._to(PayoutStatus.EXECUTED)

    def failed(self, reason: str) -> Self:
        """The bank certainly did not and will not carry it out."""
        return replace(self._to(PayoutStatus.FAILED), reason=reason)

    def given_up(self, settled_by: AccountId | None, by: AccountId) -> Self:
        """The bank says that it has it, and does not carry it out: one person settled that, another one gives it up.

        NotAwaitingApproval, SamePerson.
        """
        if settled_by is None:
            raise NotAwaitingApproval
        must_be_another(settled_by, by)
        return self.failed("rejected")

    def reversed(self) -> Self:
        """It was carried out and came back."""
        return replace(self._to(PayoutStatus.REVERSED), reason="returned")

    def _to(self, status: PayoutStatus) -> Self:
        if status not in _NEXT[self.status]:
            raise IllegalStepError(f"{self.status} -> {status}")
        return replace(self, status=status, version=self.version + 1)


def fault_of(reason: str) -> AccountFault | None:
    """The account's own fault behind a failed transfer; None when it is the bank's, ours, or a limit's."""
    return AccountFault(reason) if reason in set(AccountFault) - {AccountFault.CURRENCY} else None


def made_entry(payout: Payout) -> Entry:
    """It is ours to send and no longer theirs to have."""
    return _entry(EntryKind.PAYOUT, f"payout:{payout.id}", payout, Account.PROVIDER_PAYABLE, Account.PAYOUTS_IN_TRANSIT)


def executed_entry(payout: Payout) -> Entry:
    """It left our bank."""
    kind = EntryKind.PAYOUT_EXECUTED
    return _entry(kind, f"payout-executed:{payout.id}", payout, Account.PAYOUTS_IN_TRANSIT, Account.BANK)


def reversed_entry(payout: Payout) -> Entry:
    """It is theirs again: it never left, or it came back into our bank."""
    source = Account.BANK if payout.status is PayoutStatus.REVERSED else Account.PAYOUTS_IN_TRANSIT
    kind = EntryKind.PAYOUT_REVERSED
    return _entry(kind, f"payout-reversed:{payout.id}", payout, source, Account.PROVIDER_PAYABLE)


def moved_entry(movement_id: str, kind: EntryKind, amount: Money, counter: Account) -> Entry:
    """What the bank shows of our account and no payout accounts for. `amount` is positive when it came in."""
    back = Money(-amount.minor, amount.currency)
    return Entry(kind, f"bank:{movement_id}", (Posting(Account.BANK, amount), Posting(counter, back)))


def item_id(vertical: str, payout_id: PayoutId) -> str:
    """A payout's name at the bank: its movements come back under it, whosever they are."""
    return f"{vertical}.{payout_id}"


def parse_item(text: str | None) -> tuple[str, PayoutId] | None:
    """The vertical and the payout; None for anything that is not exactly what we write."""
    vertical, _, rest = (text or "").partition(".")
    try:
        found = vertical, PayoutId(UUID(rest))
    except ValueError:
        return None
    return found if item_id(*found) == text else None


def _entry(kind: EntryKind, reference: str, payout: Payout, debit: Account, credit: Account) -> Entry:
    back = Money(-payout.amount.minor, payout.amount.currency)
    return Entry(kind, reference, (Posting(debit, payout.amount), Posting(credit, back)))
