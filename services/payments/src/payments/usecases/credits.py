"""Credit that operators give clients. Much of it, at once or bit by bit, needs two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from common.auth import Principal
from common.errors import NotFound
from common.idempotency import Once
from common.money import Money
from common.uow import Work
from contracts.credit import CreditGranted
from contracts.ids import AccountId, CreditId, new_id
from payments import store
from payments.domain.approval import needs_second_person
from payments.domain.credit import (
    COUNTED_FOR,
    CreditAccount,
    CreditKind,
    CreditMovement,
    CreditReason,
    CreditStatus,
    UnknownClient,
    credit_entry,
    grant_reference,
)
from payments.usecases import audited_credit as audited
from payments.usecases.context import PaymentsContext
from payments.usecases.posting import post_apart

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Gift:
    """What an operator gives whom, and why."""

    client_id: AccountId
    amount: Money
    reason: CreditReason


@dataclass(frozen=True, slots=True)
class Credits:
    """A client's balance and a page of what made it, newest first."""

    account: CreditAccount
    movements: Sequence[CreditMovement]


async def grant_credit(
    context: PaymentsContext, scope: str, caller: Principal, gift: Gift, once: Once | None
) -> CreditMovement:
    """Give a client credit. It waits for a second person when one client was given much lately.

    Forbidden, UnknownClient.
    """
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope, once) as work:
        await _lock_client(work, gift.client_id, gift.amount.currency)
        now = await work.now()
        lately = await store.credit.find_given_alone(work, gift.client_id, gift.amount.currency, now - COUNTED_FOR)
        waits = needs_second_person(lately + gift.amount, context.refund_limit)
        new = CreditId(new_id())
        grant = CreditMovement(
            id=new,
            client_id=gift.client_id,
            kind=CreditKind.GRANTED,
            amount=gift.amount,
            reference=grant_reference(new),
            created_at=now,
            status=CreditStatus.AWAITING_APPROVAL if waits else CreditStatus.DONE,
            reason=gift.reason,
            granted_by=caller.account_id,
        )
        await store.credit.insert_movement(work, grant)
        work.audit(audited.credit_asked(grant, caller))
        return await _settle(work, grant)


async def approve_credit(
    context: PaymentsContext, scope: str, caller: Principal, credit_id: CreditId, once: Once | None
) -> CreditMovement:
    """A second operator lets it go. Forbidden, NotFound, NotAwaitingApproval, SamePerson, UnknownClient."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope, once) as work:
        approved = (await _lock_grant(work, credit_id)).approved(caller.account_id)
        await _lock_client(work, approved.client_id, approved.amount.currency)
        return await _decide(work, approved, caller)


async def reject_credit(
    context: PaymentsContext, scope: str, caller: Principal, credit_id: CreditId, once: Once | None
) -> CreditMovement:
    """A second operator stops it. Forbidden, NotFound, NotAwaitingApproval, SamePerson."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope, once) as work:
        return await _decide(work, (await _lock_grant(work, credit_id)).rejected(caller.account_id), caller)


async def list_credits(
    context: PaymentsContext, scope: str, caller: Principal, client_id: AccountId | None, before: UUID, most: int
) -> Credits:
    """The caller's own credit, without what never counted; operators see anybody's, whole. Forbidden."""
    of = client_id if client_id is not None else caller.account_id
    is_own = of == caller.account_id
    if not is_own:
        caller.must_be(scope, "operator")
    async with context.uow.read(scope) as session:
        account = await store.credit.find_account(session, of) or CreditAccount(of, Money.zero())
        page = await store.credit.page_movements(session, of, before, most, undone=not is_own)
    if not is_own:
        async with context.uow.begin(scope) as work:
            work.audit(audited.credits_read(of, caller))
    return Credits(account, page)


async def _lock_client(work: Work, client_id: AccountId, currency: str) -> None:
    """The credit of somebody who booked here and can spend it. UnknownClient."""
    if not await store.credit.is_client(work, client_id):
        raise UnknownClient
    await store.credit.open_account(work, client_id, currency)
    if await store.credit.is_erased(work, client_id):
        raise UnknownClient


async def _lock_grant(work: Work, credit_id: CreditId) -> CreditMovement:
    grant = await store.credit.lock_movement(work, credit_id)
    if grant is None or grant.kind is not CreditKind.GRANTED:
        raise NotFound
    return grant


async def _decide(work: Work, grant: CreditMovement, caller: Principal) -> CreditMovement:
    await store.credit.decide_grant(work, grant)
    work.audit(audited.credit_decided(grant, caller))
    return await _settle(work, grant)


async def _settle(work: Work, grant: CreditMovement) -> CreditMovement:
    """Once it is done it counts, stands in the ledger, and its client is told."""
    if grant.status is CreditStatus.DONE:
        await store.credit.change_balance(work, grant)
        await post_apart(work, None, credit_entry(grant))
        await work.publish(_fact(grant))
    log.info("credit.granted", credit_id=str(grant.id), status=grant.status)
    return await work.finish(grant)


def _fact(grant: CreditMovement) -> CreditGranted:
    return CreditGranted(
        version=1,
        credit_id=grant.id,
        client_id=grant.client_id,
        amount=grant.amount.as_amount(),
        reason=grant.reason.value if grant.reason is not None else "",
    )
