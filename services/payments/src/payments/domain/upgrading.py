"""What waits while processes of an older version may still run: they would misread what it writes."""

from dataclasses import dataclass

from common.errors import Refusal
from payments.domain.intent import Purpose


class PurposePaused(Refusal):
    """Payments for this purpose are switched off for now."""

    retry_after = 60


@dataclass(frozen=True, slots=True)
class Upgrading:
    """`earning_paused`: nothing is shared out, since an older worker books refunds as if nothing ever was.

    `paused_purposes`: no new payment for these, since an older booking takes them for a second payment of what is due.
    """

    earning_paused: bool = False
    paused_purposes: frozenset[Purpose] = frozenset()

    def admit(self, purpose: Purpose) -> None:
        """PurposePaused when no new payment may be begun for it."""
        if purpose in self.paused_purposes:
            raise PurposePaused
