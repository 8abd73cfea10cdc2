"""What people do about money that was paid: the shop's owner, two operators, and clients who withdraw."""

from dataclasses import dataclass, field
from typing import Final

from tests.simulation.sides import SCOPE
from tests.simulation.town import EMAIL, Reply, Request, Town
from tests.simulation.world import World

from common.auth import Principal
from common.errors import Refusal
from common.idempotency import Replayed
from common.money import Money
from contracts.ids import AccountId, BookingId, PaymentId, RefundId, WithdrawalId, new_id
from payments import usecases as payments
from payments.domain.reach import Reach
from payments.domain.refund import RefundReason

STRANGER: Final = "somebody@example.com"


def _operator() -> Principal:
    """Of all verticals: the bank account is."""
    return Principal(AccountId(new_id()), frozenset({"client", "operator:*"}), 2**40)


@dataclass
class Desk:
    """`withdrawals` are those that were asked for."""

    world: World
    town: Town
    first: Principal = field(default_factory=_operator)
    second: Principal = field(default_factory=_operator)
    withdrawals: list[WithdrawalId] = field(default_factory=list)

    async def give_back(self, request: Request, payment_id: PaymentId, amount: Money | None, *, by_owner: bool) -> None:
        """Somebody wants a part back, or all that is left."""
        caller = self.town.owner if by_owner else self.first
        context, reason = self.world.payments.context, RefundReason.GOODWILL
        try:
            await payments.give_back(context, SCOPE, caller, payment_id, amount, reason, request.once)
        except Replayed:
            return

    async def decide(self, request: Request, refund_id: RefundId, caller: Principal, *, yes: bool) -> None:
        """A second person lets it go, or stops it."""
        use_case = payments.approve_refund if yes else payments.reject_refund
        try:
            await use_case(self.world.payments.context, SCOPE, caller, refund_id, request.once)
        except Replayed:
            return

    async def retry(self, refund_id: RefundId) -> None:
        """An operator has a refund made that was given up."""
        query = "SELECT id FROM barber.reconciliation_case WHERE subject = $1 AND closed_at IS NULL ORDER BY id"
        for row in await self.world.payments.rows(query, str(refund_id)):
            await payments.retry_refund(self.world.payments.context, SCOPE, self.first, row["id"])

    async def ask_withdrawal(self, request: Request, booking_id: BookingId, *, by_client: bool) -> None:
        """Somebody says to be the client."""
        reach = Reach.of(EMAIL if by_client else STRANGER, None)
        try:
            asked = await payments.ask_withdrawal(self.world.payments.context, SCOPE, booking_id, reach, request.once)
            self.withdrawals.append(asked.id)
        except Replayed as answered:
            self.withdrawals.append(WithdrawalId(Reply.model_validate_json(answered.body).id))

    async def prove(self, withdrawal_id: WithdrawalId, code: str) -> None:
        """Whoever asked types a code."""
        await payments.confirm_withdrawal(self.world.payments.context, SCOPE, withdrawal_id, code)

    async def refunds_under_way(self) -> bool:
        """Whether any refund is neither made nor given up."""
        query = "SELECT FROM barber.refund WHERE status IN ('due', 'sent') AND intent_id > $1 LIMIT 1"
        return bool(await self.world.payments.rows(query, self.world.began))

    async def clear_up(self) -> int:
        """What waits for a second person is decided; how much that was."""
        query = "SELECT id FROM barber.refund WHERE status = 'awaiting_approval' AND intent_id > $1 ORDER BY id"
        waiting = await self.world.payments.rows(query, self.world.began)
        for row in waiting:
            try:
                await self.decide(
                    self.town.request(self.second.account_id, "approve"), row["id"], self.second, yes=True
                )
            except Refusal:
                await self.decide(
                    self.town.request(self.second.account_id, "reject"), row["id"], self.second, yes=False
                )
        return len(waiting)
