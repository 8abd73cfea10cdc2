"""Where a provider is paid: named by its owner, checked at the bank, told to the owner when it changes."""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.auth import Principal
from common.errors import NotFound
from common.settings import SHARED
from common.uow import Work
from contracts.ids import AccountId, ProviderId
from contracts.payments import PayoutAccountChanged, PayoutAccountStatus
from payments import store
from payments.clients import Bank, BankMissingError
from payments.domain.backoff import delay
from payments.domain.bank import AccountSeen
from payments.domain.payout_account import AccountStatus, PayoutAccount, Wanted
from payments.store import payout_accounts as accounts
from payments.usecases import audited_payouts as audited
from payments.usecases.context import PaymentsContext
from payments.usecases.rights import owner_for
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 8
_LEASE: Final = timedelta(seconds=60)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=30)


async def name_payout_account(
    context: PaymentsContext, scope: str, caller: Principal, provider_id: ProviderId, wanted: Wanted
) -> PayoutAccount:
    """By the provider's owner; NotFound for anybody else, OurOwnAccount. Naming the same one again changes nothing."""
    async with context.uow.begin(scope) as work:
        owner = await store.find_owner(work, provider_id)
        if owner != caller.account_id:
            raise NotFound
        if context.receiver is not None:
            wanted.must_not_be(context.receiver.cbu, context.receiver.alias)
        known, now = await accounts.lock_account(work, provider_id), await work.now()
        named = known.changed(wanted, now) if known else PayoutAccount.first(provider_id, wanted, now)
        if named != known:
            await accounts.save_account(work, named)
            work.audit(audited.account_named(named, caller))
        if known is None or named.version != known.version:
            await _tell(work, named, owner)
    return named


async def read_payout_account(
    context: PaymentsContext, scope: str, caller: Principal, provider_id: ProviderId
) -> PayoutAccount:
    """For the owner and operators; NotFound for anybody else and where none was named."""
    async with context.uow.read(scope) as session:
        owner = await owner_for(session, scope, caller, provider_id)
        found = await accounts.find_account(session, provider_id)
    if found is None:
        raise NotFound
    if caller.account_id != owner:
        async with context.uow.begin(scope) as work:
            work.audit(audited.account_read(provider_id, caller))
    return found


async def check_payout_accounts(context: PaymentsContext, scope: str) -> int:
    """Ask the bank whose the accounts are that were named; without a bank they wait."""
    bank = context.bank
    if scope == SHARED or bank is None:
        return 0
    async with context.uow.begin(scope) as work:
        due = await accounts.claim_checks(work, _BATCH, _LEASE)
    return await side_by_side(
        or_put_off(
            _check(context, bank, scope, account),
            partial(_again, context, scope, account, tries),
            provider_id=str(account.provider_id),
        )
        for account, tries in due
    )


async def _check(context: PaymentsContext, bank: Bank, scope: str, account: PayoutAccount) -> None:
    try:
        seen: AccountSeen | None = await bank.account(account.name)
    except BankMissingError:
        seen = None
    async with context.uow.begin(scope) as work:
        current = await accounts.lock_account(work, account.provider_id)
        if current is None or current.version != account.version:
            return
        checked = current.checked(seen, await work.now())
        await accounts.save_account(work, checked)
        work.audit(audited.account_checked(checked))
        await _tell(work, checked, await store.find_owner(work, account.provider_id))
    log.info("payout_account.checked", provider_id=str(account.provider_id), status=checked.status)


async def _again(
    context: PaymentsContext, scope: str, account: PayoutAccount, tries: int, _why: str, at_least: timedelta
) -> None:
    async with context.uow.begin(scope) as work:
        wait = max(delay(tries, _FIRST_WAIT, _LONGEST_WAIT), at_least)
        await accounts.check_again(work, account.provider_id, wait)


async def _tell(work: Work, account: PayoutAccount, owner: AccountId | None) -> None:
    if owner is None:
        return
    fact = PayoutAccountChanged(
        version=account.version,
        provider_id=account.provider_id,
        owner_account_id=owner,
        status=PayoutAccountStatus(account.status.value),
        reason=account.reason,
        usable_from=account.usable_from if account.status is not AccountStatus.REFUSED else None,
    )
    await work.publish(fact)
