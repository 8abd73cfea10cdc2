"""Cancellation as data and one pure fee function that explains itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.money import Money


class Party(StrEnum):
    """Who calls the booking off."""

    CLIENT = "client"
    PROVIDER = "provider"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Step:
    """With at least `notice` before the start, `percent` of what was paid goes back."""

    notice: timedelta
    percent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps from the longest notice to the shortest; kept on the booking under its version."""

    version: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Refund:
    """How much goes back, and which rule says so."""

    amount: Money
    percent: int
    rule: str


def refund_on_cancel(policy: Policy, kept: Money, starts_at: datetime, now: datetime, by: Party) -> Refund:
    """Of what is kept for the booking the client gets a share by notice; whoever else cancels, all of it."""
    if by is not Party.CLIENT:
        return Refund(kept, 100, f"cancelled-by-{by.value}")
    for step in policy.steps:
        if starts_at - now >= step.notice:
            hours = step.notice // timedelta(hours=1)
            return Refund(kept.percent(step.percent), step.percent, f"notice-of-{hours}-h")
    return Refund(Money.zero(kept.currency), 0, "notice-too-short")
