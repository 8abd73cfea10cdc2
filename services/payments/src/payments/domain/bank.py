"""What a bank shows us and is told: accounts, batches of transfers, movements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from common.money import Money
from payments.domain.bank_account import Cbu, Cuit

BatchId = NewType("BatchId", UUID)


@dataclass(frozen=True, slots=True, repr=False)
class AccountSeen:
    """An account as the bank has it. No repr: it tells of a person."""

    cbu: Cbu
    holder: Cuit
    currency: str
    active: bool


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One transfer. `id` is ours and comes back in the bank's movements; `reference` is what the payee reads."""

    id: str
    cbu: Cbu = field(repr=False)
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Transfers that the bank takes or refuses together."""

    id: BatchId
    items: Sequence[BatchItem]


class ItemStatus(StrEnum):
    """Where a transfer stands at the bank."""

    PENDING = "pending"
    EXECUTED = "executed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """A transfer as the bank shows it; `failure` is the bank's word for why not."""

    id: str
    status: ItemStatus
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """A batch as the bank shows it. `done`: nothing in it changes any more."""

    items: Mapping[str, ItemSeen]
    done: bool


class MovementKind(StrEnum):
    """What moved money on our account. A kind that we do not know is read as `other`."""

    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_RETURNED = "transfer_returned"
    MP_WITHDRAWAL = "mp_withdrawal"
    OTHER = "other"


class MovementStatus(StrEnum):
    """`due` is to be looked into, of `unmatched` it is to be found whose it is, `matching` says so and is to be booked.

    The others are ends; of `suspense` a person may still say what it is about.
    """

    DUE = "due"
    UNMATCHED = "unmatched"
    MATCHING = "matching"
    MATCHED = "matched"
    EXPLAINED = "explained"
    SUSPENSE = "suspense"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of our account. `amount` is positive when it came in; `item` is the transfer of ours it is about."""

    id: str
    at: datetime
    kind: MovementKind
    amount: Money
    item: str | None = None
    reference: str | None = field(default=None, repr=False)
    origin_cbu: str | None = field(default=None, repr=False)
    origin_cuit: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that is no movement as documented: the `nth` of its page, with the bank's id where that can be read."""

    nth: int
    id: str | None = None

    def named(self, after: str | None) -> str:
        """By what a person finds it at the bank; `after` is where its page began."""
        return self.id or f"line {self.nth} after {after or 'the first'}"


@dataclass(frozen=True, slots=True)
class MovementPage:
    """Oldest first; `next` is where to go on, None when the bank said nothing of it."""

    items: Sequence[Movement]
    next: str | None
    unreadable: Sequence[UnreadableLine] = ()

    @property
    def length(self) -> int:
        """How many lines the bank showed."""
        return len(self.items) + len(self.unreadable)
