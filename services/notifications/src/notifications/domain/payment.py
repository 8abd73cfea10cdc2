"""A payment that its client makes elsewhere, at a counter or at the bank, as far as messages need to know it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.ids import PaymentId


class PaymentState(StrEnum):
    """What a message about paying depends on."""

    OPEN = "open"
    RAN_OUT = "ran_out"
    OVER = "over"
    """Paid, or given up for another reason than its time."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Cash: at `method`'s counters, with what `url` shows, or with the code alone."""

    method: str
    url: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Our own account, and what the client writes into the transfer."""

    cbu: str
    alias: str
    reference: str


@dataclass(frozen=True, slots=True)
class Payment:
    """The newest state that reached us; without ticket and transfer when we were told of its end alone."""

    id: PaymentId
    version: int
    state: PaymentState
    pay_until: datetime | None = None
    ticket: Ticket | None = None
    transfer: Transfer | None = None
