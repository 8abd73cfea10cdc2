"""Payouts up to the bank's door: reckoned when their time comes, approved by two persons when they are large."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from common.auth import Principal
from common.due import OneByOne, settle_due
from common.errors import NotFound
from common.settings import SHARED
from common.uow import Work
from contracts.ids import PayoutId, ProviderId, new_id
from contracts.payments import PayoutFact, PayoutFailed, PayoutSent, PayoutStatus, PeriodPart
from payments import store
from payments.domain.payout import Payout, made_entry, reversed_entry
from payments.domain.payout import PayoutStatus as Status
from payments.store import payout_accounts as accounts
from payments.store import payouts as rows
from payments.usecases import audited_payouts as audited
from payments.usecases.context import PaymentsContext
from payments.usecases.forgetting import empty_account
from payments.usecases.posting import post_apart

log = structlog.get_logger()
CONTRADICTED: Final = "payout_contradicted"
"""What the bank says of a payout cannot be: a person has to look."""
_BATCH: Final = 50
_PUT_OFF: Final = timedelta(minutes=10)


async def make_due_payouts(context: PaymentsContext, scope: str) -> int:
    """Pay out what is payable to those whose turn it is."""
    if scope == SHARED or context.payouts.paused:
        return 0
    find = partial(_find_due, context, scope)
    apart = OneByOne(find, partial(_make_one, context, scope), partial(_put_off, context, scope))
    return await settle_due("make_due_payouts", partial(_make_all, context, scope), apart)


async def _find_due(context: PaymentsContext, scope: str) -> Sequence[ProviderId]:
    async with context.uow.read(scope) as session:
        return await accounts.find_due_accounts(session, _BATCH)


async def _make_all(context: PaymentsContext, scope: str) -> int:
    """Each in its own transaction: the lock of one must not wait for the reckoning of fifty."""
    return sum([await _make_one(context, scope, each) for each in await _find_due(context, scope)])


async def _make_one(context: PaymentsContext, scope: str, provider_id: ProviderId) -> bool:
    """Whether it was ours to reckon; a payout comes of it only where there is something to pay."""
    async with context.uow.begin(scope) as work:
        account = await accounts.lock_due_account(work, provider_id)
        if account is None:
            return False
        leaving = await accounts.is_of_erased(work, provider_id)
        account = account.leaving() if leaving else account
        await accounts.save_turn(work, account.reckoned(await work.now()))
        payable = await rows.find_payable_of(work, provider_id, account.minimum.currency)
        if payable.days is None or not account.pays(payable.amount):
            if leaving:
                await empty_account(work, account, payable.amount)
            return True
        payout_id = PayoutId(new_id())
        payout = Payout.made(payout_id, provider_id, payable.amount, payable.days, context.payouts)
        if not await rows.insert_payout(work, payout):
            log.info("payout.one_under_way", provider_id=str(provider_id))
            return True
        await post_apart(work, provider_id, made_entry(payout))
        work.audit(audited.payout_step(payout))
    log.info("payout.made", payout_id=str(payout.id), provider_id=str(provider_id), status=payout.status)
    return True


async def _put_off(context: PaymentsContext, scope: str, provider_id: ProviderId) -> None:
    async with context.uow.begin(scope) as work:
        await accounts.put_off_account(work, provider_id, _PUT_OFF)


async def approve_payout(context: PaymentsContext, scope: str, caller: Principal, payout_id: PayoutId) -> Payout:
    """An operator's yes; the second person's lets it go. Forbidden, NotFound, NotAwaitingApproval, SamePerson."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope) as work:
        approved = (await _lock(work, payout_id)).approved(caller.account_id)
        await rows.save_payout(work, approved)
        work.audit(audited.decided(approved, "approval", caller))
    return approved


async def reject_payout(context: PaymentsContext, scope: str, caller: Principal, payout_id: PayoutId) -> Payout:
    """An operator's no: the money is the provider's with us again. Forbidden, NotFound, NotAwaitingApproval.

    One that the bank says it has, and does not pay, needs two: who settled its case, and another. SamePerson.
    """
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope) as work:
        locked = await _lock(work, payout_id)
        if await rows.is_forsaken(work, payout_id):
            settler = await store.find_settler(work, CONTRADICTED, str(payout_id))
            rejected = locked.given_up(settler, caller.account_id)
            await publish_payout(work, rejected)
        else:
            rejected = locked.rejected()
        await rows.save_payout(work, rejected)
        await post_apart(work, rejected.provider_id, reversed_entry(rejected))
        work.audit(audited.decided(rejected, "rejection", caller))
    return rejected


async def _lock(work: Work, payout_id: PayoutId) -> Payout:
    found = await rows.lock_payout(work, payout_id)
    if found is None:
        raise NotFound
    return found


async def publish_payout(work: Work, payout: Payout, *, account_refused: bool = False) -> None:
    """Tell where it ended. Of a provider that nobody told us of there is nobody to tell."""
    fact = await _fact(work, payout, account_refused=account_refused)
    if fact is not None:
        await work.publish(fact)


async def snapshot_payouts(work: Work, after: UUID) -> Sequence[PayoutFact]:
    """The next page of payouts that ended, as facts."""
    found = [await _fact(work, each) for each in await rows.page_told(work, after)]
    return [fact for fact in found if fact is not None]


async def _fact(work: Work, payout: Payout, *, account_refused: bool = False) -> PayoutFact | None:
    owner = await store.find_owner(work, payout.provider_id)
    if owner is None:
        return None
    state = {
        "version": payout.version,
        "payout_id": payout.id,
        "provider_id": payout.provider_id,
        "owner_account_id": owner,
        "amount": payout.amount.as_amount(),
        "status": PayoutStatus(payout.status.value),
        "period": PeriodPart(first=payout.first_day, last=payout.last_day),
    }
    if payout.status is Status.EXECUTED:
        return PayoutSent.model_validate(state)
    reason = {"reason": payout.reason or "", "account_refused": account_refused}
    return PayoutFailed.model_validate(state | reason)
