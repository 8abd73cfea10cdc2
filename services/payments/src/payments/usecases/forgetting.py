"""What is not needed goes: bank data of forgotten owners, old payouts and senders; withdrawals that nobody proved."""

from datetime import timedelta
from typing import Final

import structlog

from common.money import Money
from common.settings import SHARED
from common.uow import Work
from payments import store
from payments.domain.payout_account import PayoutAccount
from payments.domain.transfer import kept_of
from payments.store import Case, movements, payouts
from payments.store import payout_accounts as accounts
from payments.usecases import audited_payouts as audited
from payments.usecases.context import PaymentsContext

log = structlog.get_logger()
_BATCH: Final = 500
_PAYOUT_DAYS: Final = timedelta(days=90)
_MOVEMENT_DAYS: Final = timedelta(days=180)
"""As long as money may be given back."""
_UNPROVED_DAYS: Final = timedelta(days=30)


async def empty_account(work: Work, account: PayoutAccount, payable: Money) -> None:
    """Of an owner who is to be forgotten, once nothing is payable or under way; the caller holds the account.

    What is payable and cannot be paid to it is for a person, and until then the account is kept.
    """
    if payable.minor > 0:
        found = f"{payable} payable, the account is {account.status}"
        await store.open_case(work, Case("erased_owner_unpaid", str(account.provider_id), found))
        return
    if account.is_erased or await payouts.has_open(work, account.provider_id):
        return
    emptied = account.erased()
    await accounts.save_account(work, emptied)
    work.audit(audited.account_emptied(emptied))
    log.info("payout_account.emptied", provider_id=str(account.provider_id))


async def shorten_bank_data(context: PaymentsContext, scope: str) -> int:
    """Keep four digits of what is old: in the shared scope of movements' origins, elsewhere of payouts; how many.

    Of a movement's text our own references are kept.
    """
    async with context.uow.begin(scope) as work:
        if scope == SHARED:
            old = await movements.lock_old(work, _MOVEMENT_DAYS, _BATCH)
            return await movements.shorten(work, {one: kept_of(text) for one, text in old.items()})
        return await payouts.shorten_old(work, _PAYOUT_DAYS, _BATCH)


async def forget_withdrawals(context: PaymentsContext, scope: str) -> int:
    """Delete old withdrawals that nobody proved; how many. All others are evidence."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        return await store.withdrawals.forget_unproved(work, _UNPROVED_DAYS, _BATCH)
