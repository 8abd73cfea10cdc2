"""What a run has met: a simulation that never sees a refund proves nothing about refunds."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts over all examples. A step is one rule, which may be several actions.

    `endings` are bookings after the drain, one word or more each."""

    steps: int = 0
    examples: int = 0
    drained: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Put another run's counts on top."""
        self.steps += other.steps
        self.examples += other.examples
        self.drained += other.drained
        self.actions += other.actions
        self.answers += other.answers
        self.endings += other.endings

    def lines(self) -> list[str]:
        """A table for people."""
        found = [f"{self.steps} steps in {self.examples} examples, {self.drained} drained and judged in full"]
        for name in ("endings", "actions", "answers"):
            counts: Counter[str] = getattr(self, name)
            found.append(f"{name}:")
            found += [f"  {count:8d}  {what}" for what, count in sorted(counts.items())]
        return found
