"""Payers who contest what they paid, and how that is decided."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition
from tests.simulation.acting import PICKS, Acting, pick, step

from payments.domain.dispute import DisputeKind

ENDS = ("lost", "won", "approved")
"""`won` leaves a chargeback `reimbursed`; `approved` takes the payment back to what it was."""


class Disputing(Acting):
    """Nobody is asked."""

    @precondition(lambda self: self.world.provider.untouched())
    @step(which=PICKS, kind=st.sampled_from(list(DisputeKind)))
    def contest(self, which: int, kind: DisputeKind) -> None:
        self._count(f"contest by {kind}")
        self.world.provider.contest(pick(self.world.provider.untouched(), which).id, kind)

    @precondition(lambda self: self.world.provider.contested())
    @step(which=PICKS, how=st.sampled_from(ENDS))
    def decide_dispute(self, which: int, how: str) -> None:
        """A mediation that the shop does not win gives the money back."""
        self._count(f"dispute {how}")
        self.world.provider.end_dispute(pick(self.world.provider.contested(), which).id, how)
