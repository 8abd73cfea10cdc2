"""Money that people give back, here or in MercadoPago's panel, and clients who withdraw, each as rules."""

from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition
from tests.simulation.acting import PICKS, Acting, pick, step
from tests.simulation.truth import Row

from common.money import Money
from contracts.ids import PaymentId

PARTS: Final = st.sampled_from([0, 1, 2, 3])
"""0: whatever is left; else this part of what was paid."""
SAYS: Final = st.sampled_from(["yes", "yes", "no", "yes, says who asked"])


class People(Acting):
    """Nothing here is reckoned by a policy."""

    @precondition(lambda self: self._captured())
    @step(which=PICKS, part=PARTS, by_owner=st.booleans())
    def give_back(self, which: int, part: int, by_owner: bool) -> None:
        intent = pick(self._captured(), which)
        amount = Money(intent["captured_minor"] // part) if part else None
        request = self.town.request(self.desk.first.account_id, "refund")
        of = PaymentId(intent["id"])
        self._act(
            f"refund by {'owner' if by_owner else 'operator'}",
            lambda: self.desk.give_back(request, of, amount, by_owner=by_owner),
        )

    @precondition(lambda self: self._refunds("awaiting_approval"))
    @step(which=PICKS, says=SAYS)
    def second_person(self, which: int, says: str) -> None:
        row = pick(self._refunds("awaiting_approval"), which)
        caller = self.desk.first if "who asked" in says else self.desk.second
        request = self.town.request(caller.account_id, f"decide {row['id']}")
        self._act(
            f"second person: {says}", lambda: self.desk.decide(request, row["id"], caller, yes=says.startswith("yes"))
        )

    @precondition(lambda self: self._refunds("refused", "blocked"))
    @step(which=PICKS)
    def retry(self, which: int) -> None:
        """What was given up is asked for once more."""
        row = pick(self._refunds("refused", "blocked"), which)
        self._act("retry a refund", lambda: self.desk.retry(row["id"]))

    @precondition(lambda self: self.world.provider.untouched())
    @step(which=PICKS, part=st.integers(1, 3))
    def give_back_in_the_panel(self, which: int, part: int) -> None:
        self._count("refund in the panel")
        charge = pick(self.world.provider.untouched(), which)
        left = charge.amount - charge.refunded
        self.world.provider.give_back_elsewhere(charge.id, Money(left.minor // part))

    @precondition(lambda self: self.town.bookings)
    @step(which=PICKS, by_client=st.sampled_from([True, True, False]), proves=st.booleans())
    def withdraw(self, which: int, by_client: bool, proves: bool) -> None:
        """As a client who reads the code at once, or later, or as somebody else who never gets one."""
        booking_id = pick(self.town.bookings, which)
        request = self.town.request(self.town.clients[0], "withdraw")
        refused = self._act(
            f"withdraw as {'client' if by_client else 'stranger'}",
            lambda: self.desk.ask_withdrawal(request, booking_id, by_client=by_client),
        )
        if proves and not refused:
            self._job("settle_withdrawals")
            self._prove(len(self.desk.withdrawals) - 1, right=True)

    @precondition(lambda self: self.desk.withdrawals)
    @step(which=PICKS, right=st.sampled_from([True, True, False]))
    def prove(self, which: int, right: bool) -> None:
        self._prove(which, right=right)

    def _prove(self, which: int, *, right: bool) -> None:
        withdrawal_id = pick(self.desk.withdrawals, which)
        code = self.world.codes.get(withdrawal_id) if right else "no code"
        if code is not None:
            what = f"prove a withdrawal {'rightly' if right else 'wrongly'}"
            self._act(what, lambda: self.desk.prove(withdrawal_id, code))

    def _captured(self) -> list[Row]:
        return [row for row in self.judge.intents.values() if row["captured_minor"]]

    def _refunds(self, *statuses: str) -> list[Row]:
        return [row for row in self.judge.refunds if row["status"] in statuses]
