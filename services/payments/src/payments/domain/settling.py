"""Settling a case: what a person found out about it."""

from dataclasses import dataclass
from enum import StrEnum

from common.errors import Refusal
from contracts.ids import AccountId


class SettlementOutcome(StrEnum):
    """`explained`: nothing was wrong; `corrected`: it was put right; `written_off`: it stays as it is."""

    EXPLAINED = "explained"
    CORRECTED = "corrected"
    WRITTEN_OFF = "written_off"


class CaseSettled(Refusal):
    """The case was settled before, in another way."""


class NothingToRetry(Refusal):
    """The case is about no refund that could be tried again."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Who settled a case and how. The note stays in the database: people write names."""

    outcome: SettlementOutcome
    note: str
    settled_by: AccountId

    def says(self, other: "Settlement") -> bool:
        """Whether the other is the same, whoever sends it."""
        return (self.outcome, self.note) == (other.outcome, other.note)
