"""What one check found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """A promise, how many things were looked at, and which of them break it."""

    invariant: str
    promise: str
    checked: int
    violations: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        return not self.violations

    def as_json(self) -> dict[str, Any]:
        """For programs; at most 20 violations are spelt out."""
        return {
            "invariant": self.invariant,
            "promise": self.promise,
            "checked": self.checked,
            "violated": len(self.violations),
            "violations": list(self.violations[:MOST_SHOWN]),
            "notes": list(self.notes),
        }


def verdict(
    invariant: str, promise: str, checked: int, violations: Iterable[str], notes: Iterable[str] = ()
) -> Verdict:
    """A verdict with its violations sorted, so that two runs compare."""
    return Verdict(invariant, promise, checked, tuple(sorted(violations)), tuple(notes))
