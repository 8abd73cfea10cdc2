"""The ledger's entries: integer centavos, + debit, - credit, and every entry sums to zero."""

from dataclasses import dataclass
from enum import StrEnum

from common.money import Money
from payments.domain.charge import ChargeId


class Account(StrEnum):
    """What MercadoPago holds for us, and what we hold for bookings that have not taken place."""

    PSP_CLEARING = "psp_clearing"
    BOOKING_HELD = "booking_held"


class EntryKind(StrEnum):
    """What an entry is about."""

    CAPTURE = "capture"
    REFUND = "refund"


class UnbalancedEntryError(ValueError):
    """Postings that do not sum to zero."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: `amount` positive on the debit side, negative on the credit side."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger transaction. `reference` names the effect outside, so that it can be booked once only."""

    kind: EntryKind
    reference: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        total = Money.zero(self.postings[0].amount.currency)
        for posting in self.postings:
            total = total + posting.amount
        if total:
            raise UnbalancedEntryError(self.reference)


def capture(charge_id: ChargeId, amount: Money) -> Entry:
    """MercadoPago took `amount` from the payer; we owe it to the booking."""
    return Entry(EntryKind.CAPTURE, f"capture:{charge_id}", _between(amount))


def refund(found_id: str, amount: Money) -> Entry:
    """MercadoPago gave `amount` back to the payer; `found_id` is its id of the refund."""
    return Entry(EntryKind.REFUND, f"refund:{found_id}", _between(_negative(amount)))


def _between(amount: Money) -> tuple[Posting, ...]:
    return Posting(Account.PSP_CLEARING, amount), Posting(Account.BOOKING_HELD, _negative(amount))


def _negative(amount: Money) -> Money:
    return Money(-amount.minor, amount.currency)
