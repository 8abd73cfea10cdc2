"""Payouts as the provider's owner and operators see them, and a batch as a file for a bank that takes files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from common.money import Money
from common.sheet import line
from contracts.ids import ProviderId
from payments.clients.bank_wire import CONCEPT, pesos
from payments.domain.bank import BatchId
from payments.domain.payout import Payout, PayoutStatus
from payments.domain.report import Standing
from payments.store import payout_accounts as accounts
from payments.store import payouts as rows
from payments.usecases import audited_payouts as audited
from payments.usecases.context import PaymentsContext
from payments.usecases.rights import owner_for

FILE_HEADER: Final = ("id", "cbu", "amount", "currency", "concept", "reference")


@dataclass(frozen=True, slots=True)
class NextPayout:
    """When it is the provider's turn, and what would be paid if it were now; nothing below the minimum."""

    at: datetime
    payable: Money
    minimum: Money


async def find_next_payout(session: Session, provider_id: ProviderId, standing: Standing) -> NextPayout | None:
    """None where no payout account was named."""
    account = await accounts.find_account(session, provider_id)
    if account is None:
        return None
    nothing = Money.zero(standing.payable.currency)
    return NextPayout(account.due_at, max(standing.payable, nothing, key=lambda one: one.minor), account.minimum)


async def list_of_provider(
    context: PaymentsContext, scope: str, caller: Principal, provider_id: ProviderId, before: UUID, most: int
) -> Sequence[Payout]:
    """Newest first, for the owner and operators; NotFound for anybody else."""
    async with context.uow.read(scope) as session:
        owner = await owner_for(session, scope, caller, provider_id)
        page = await rows.page_of_provider(session, provider_id, before, most)
    if caller.account_id != owner:
        async with context.uow.begin(scope) as work:
            work.audit(audited.payouts_read(provider_id, caller))
    return page


async def list_payouts(
    context: PaymentsContext, scope: str, caller: Principal, status: PayoutStatus | None, before: UUID, most: int
) -> Sequence[Payout]:
    """Everybody's, newest first, for operators. Forbidden."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope) as work:
        page = await rows.page_by_status(work, status, before, most)
        work.audit(audited.all_read(caller))
    return page


async def read_batch_file(context: PaymentsContext, scope: str, caller: Principal, batch_id: BatchId) -> str:
    """A batch as comma-separated values, for operators: it holds account numbers. Forbidden, NotFound."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope) as work:
        batch = await rows.find_batch(work, scope, batch_id)
        if not batch.items:
            raise NotFound
        work.audit(audited.file_read(batch_id, caller))
    lines = [(one.id, one.cbu, pesos(one.amount), one.amount.currency, CONCEPT, one.reference) for one in batch.items]
    return "".join(line(cells) for cells in (FILE_HEADER, *lines))
