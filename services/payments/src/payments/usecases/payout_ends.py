"""How a payout ends: carried out, failed, or carried out and sent back; each with its entry and its event, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from common.uow import Work
from contracts.ids import PayoutId, ProviderId
from payments import store
from payments.domain.bank_account import Cbu
from payments.domain.payout import AT_THE_BANK, Payout, executed_entry, fault_of, reversed_entry
from payments.domain.payout import PayoutStatus as Status
from payments.domain.payout_account import AccountStatus, PayoutAccount
from payments.metrics import PAYOUTS
from payments.store import Case
from payments.store import payout_accounts as accounts
from payments.store import payouts as rows
from payments.usecases import audited_payouts as audited
from payments.usecases.payouts import CONTRADICTED, publish_payout
from payments.usecases.posting import post_apart

log = structlog.get_logger()
_LONGEST_REASON: Final = 40


@dataclass(frozen=True, slots=True)
class Ended:
    """What the bank says of a payout: carried out, or why not."""

    payout_id: PayoutId
    provider_id: ProviderId
    failure: str | None


async def end_some(work: Work, ended: Sequence[Ended]) -> None:
    """Bring them to their ends. Accounts are locked before payouts, everywhere: two that wait never wait in a ring."""
    known = await accounts.lock_accounts(work, [one.provider_id for one in ended])
    failures = {one.payout_id: one.failure for one in ended}
    for payout, cbu in await rows.lock_some(work, [one.payout_id for one in ended]):
        failure = failures[payout.id]
        if payout.status not in AT_THE_BANK:
            await _check_that_it_agrees(work, payout, failure)
        elif failure is None:
            await _execute(work, payout.executed())
        else:
            await _fail(work, payout, failure, known.get(payout.provider_id), cbu)


async def _execute(work: Work, payout: Payout) -> None:
    await rows.save_payout(work, payout)
    await post_apart(work, payout.provider_id, executed_entry(payout))
    await publish_payout(work, payout)
    _over(work, payout)


async def _fail(work: Work, payout: Payout, failure: str, account: PayoutAccount | None, cbu: Cbu | None) -> None:
    failed = payout.failed(failure[:_LONGEST_REASON])
    await rows.save_payout(work, failed)
    await post_apart(work, failed.provider_id, reversed_entry(failed))
    fault = fault_of(failure)
    # The owner may have named another account meanwhile: that one is not at fault.
    refused = fault is not None and account is not None and account.cbu == cbu
    if refused and account is not None and fault is not None and account.status is not AccountStatus.REFUSED:
        changed = account.refused(fault)
        await accounts.save_account(work, changed)
        work.audit(audited.account_checked(changed))
    await publish_payout(work, failed, account_refused=refused)
    _over(work, failed)


async def carry_out(work: Work, payout_id: PayoutId) -> Payout | None:
    """The bank shows that it left, though it had refused its batch: that is its end. None for any other payout."""
    payout = await rows.lock_payout(work, payout_id)
    if payout is None or not await rows.is_forsaken(work, payout_id):
        return None
    executed = payout.executed()
    await _execute(work, executed)
    await store.close_case(work, CONTRADICTED, str(payout_id))
    return executed


async def send_back(work: Work, payout_id: PayoutId) -> Payout | None:
    """Money that had arrived came back: it is the provider's with us again. None while the payout is under way.

    One that is not under way and was not carried out is given as it is: what came back is not its money.
    """
    known = await rows.find_payout(work, payout_id)
    if known is None:
        return None
    await accounts.lock_account(work, known.provider_id)
    payout = await rows.lock_payout(work, payout_id)
    if payout is None or payout.is_open:
        return None
    if payout.status is not Status.EXECUTED:
        return payout
    back = payout.reversed()
    await rows.save_payout(work, back)
    await post_apart(work, back.provider_id, reversed_entry(back))
    await publish_payout(work, back)
    _over(work, back)
    return back


async def contradict(work: Work, payout_id: PayoutId, found: str) -> None:
    """What the bank says cannot be: a person has to look."""
    await store.open_case(work, Case(CONTRADICTED, str(payout_id), found))


async def _check_that_it_agrees(work: Work, payout: Payout, failure: str | None) -> None:
    carried_out = payout.status in {Status.EXECUTED, Status.REVERSED}
    if carried_out != (failure is None):
        await contradict(work, payout.id, f"{payout.status} here, {'failed' if failure else 'executed'} at the bank")


def _over(work: Work, payout: Payout) -> None:
    work.audit(audited.payout_step(payout))
    work.after_commit(lambda: PAYOUTS.labels(payout.status.value).inc())
    log.info("payout.ended", payout_id=str(payout.id), status=payout.status, reason=payout.reason)
