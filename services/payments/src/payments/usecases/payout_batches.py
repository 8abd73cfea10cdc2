"""Payouts at the bank: gathered into a batch, committed, told to the bank under one key, followed to their ends.

What the bank may have is never called failed: after a lost answer it is asked what it has before it is told again.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.settings import SHARED
from common.uow import Work
from contracts.ids import PayoutId, new_id
from payments import store
from payments.clients import Bank, BankMissingError, BankRefusedError
from payments.domain.backoff import delay
from payments.domain.bank import BatchId, BatchSeen, ItemStatus
from payments.domain.payout import AT_THE_BANK, MOST_IN_BATCH, Payout, item_id
from payments.store import Case
from payments.store import payout_accounts as accounts
from payments.store import payouts as rows
from payments.store.payouts import OpenBatch
from payments.usecases import audited_payouts as audited
from payments.usecases.context import PaymentsContext
from payments.usecases.payout_ends import Ended, contradict, end_some
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 4
_LEASE: Final = timedelta(seconds=60)
_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_MANY_TRIES: Final = 15
_MANY_LOOKS: Final = 100
"""About a day: the bank has it and does not say what became of it."""
_LOOK_WAIT: Final = timedelta(seconds=30)
_AT_ONCE: Final = 50
_TAKEN: Final = "duplicate_item"


async def gather_payouts(context: PaymentsContext, scope: str) -> int:
    """Put what is approved, and has an account that may be paid, into a batch for the bank."""
    if scope == SHARED or context.bank is None or context.payouts.paused:
        return 0
    async with context.uow.begin(scope) as work:
        return await rows.gather_batch(work, BatchId(new_id()), MOST_IN_BATCH)


async def send_batches(context: PaymentsContext, scope: str) -> int:
    """Tell the bank of batches that were made, and ask what became of those that it has."""
    bank = context.bank
    if scope == SHARED or bank is None:
        return 0
    async with context.uow.begin(scope) as work:
        due = await rows.claim_batches(work, _BATCH, _LEASE)
    return await side_by_side(
        or_put_off(_work_on(context, bank, scope, each), partial(_again, context, scope, each), batch_id=str(each.id))
        for each in due
    )


async def _work_on(context: PaymentsContext, bank: Bank, scope: str, batch: OpenBatch) -> None:
    # One that was tried before may be there, whatever the answer was.
    if batch.is_accepted or batch.tries > 1:
        seen = await _look(bank, batch)
        if seen is not None:
            await _follow(context, scope, batch, seen)
            return
    await _send(context, bank, scope, batch)


async def _look(bank: Bank, batch: OpenBatch) -> BatchSeen | None:
    """None when the bank has no such batch; one that it had accepted cannot be missing."""
    try:
        return await bank.batch(batch.id)
    except BankMissingError:
        if batch.is_accepted:
            raise
        return None


async def _send(context: PaymentsContext, bank: Bank, scope: str, batch: OpenBatch) -> None:
    if context.payouts.paused:
        async with context.uow.begin(scope) as work:
            await rows.save_batch(work, batch, "prepared", _LOOK_WAIT, "paused")
        return
    async with context.uow.begin(scope) as work:
        body = await rows.find_sendable(work, scope, batch.id)
        if not body.items:
            await rows.save_batch(work, batch, "refused", None, "nothing to send")
            return
        work.audit(audited.batch_sent(batch.id, len(body.items), batch.tries))
    try:
        await bank.send_batch(body, f"po:{batch.id}")
    except BankRefusedError as refusal:
        if not refusal.items:
            raise
        await _refused(context, scope, batch, refusal)
        return
    await _accept(context, scope, batch)


async def _accept(context: PaymentsContext, scope: str, batch: OpenBatch) -> bool:
    """False when the batch is not in our hands any more. The batch is locked before what is in it, everywhere."""
    async with context.uow.begin(scope) as work:
        if not await rows.save_batch(work, batch, "accepted", _LOOK_WAIT):
            return False
        for payout, _ in await rows.lock_some(work, [one.id for one in await rows.find_of_batch(work, batch.id)]):
            if payout.status in AT_THE_BANK:
                await rows.save_payout(work, payout.sent())
    log.info("payout_batch.accepted", batch_id=str(batch.id))
    return True


async def _follow(context: PaymentsContext, scope: str, batch: OpenBatch, seen: BatchSeen) -> None:
    """End what the bank has ended; the batch is over when everything in it is."""
    if not batch.is_accepted:
        if not await _accept(context, scope, batch):
            return
        batch = batch.accepted()
    async with context.uow.read(scope) as session:
        payouts = await rows.find_of_batch(session, batch.id)
    ended = [one for payout in payouts if (one := _ended(scope, payout, seen)) is not None]
    await _end_all(context, scope, ended)
    unknown = sorted(seen.items.keys() - {item_id(scope, payout.id) for payout in payouts})
    waiting = len(payouts) - len(ended)
    async with context.uow.begin(scope) as work:
        if unknown or (waiting and (seen.done or batch.tries >= _MANY_LOOKS)):
            found = f"{len(unknown)} items that are not ours, {waiting} of ours undecided, done: {seen.done}"
            await store.open_case(work, Case("payout_batch_differs", str(batch.id), found))
        wait = delay(batch.tries, _LOOK_WAIT, _LONGEST_WAIT) if waiting else None
        await rows.save_batch(work, batch, "accepted" if waiting else "done", wait)


def _ended(scope: str, payout: Payout, seen: BatchSeen) -> Ended | None:
    item = seen.items.get(item_id(scope, payout.id))
    if item is None or item.status is ItemStatus.PENDING:
        return None
    failed = item.status is ItemStatus.FAILED
    return Ended(payout.id, payout.provider_id, (item.failure or "unknown") if failed else None)


async def _refused(context: PaymentsContext, scope: str, batch: OpenBatch, refusal: BankRefusedError) -> None:
    """The bank took none of it: what is wrong fails, the others go in the next batch.

    In one transaction: what has failed is payable again, so a crash must not leave it in a batch that is to be sent.
    """
    async with context.uow.begin(scope) as work:
        if not await rows.save_batch(work, batch, "refused", None, "invalid items"):
            return
        payouts = {item_id(scope, one.id): one for one in await rows.find_of_batch(work, batch.id)}
        wrong = {name: code for name, code in refusal.items.items() if name in payouts}
        if not wrong:
            raise refusal
        failed = [
            Ended(payouts[name].id, payouts[name].provider_id, code) for name, code in wrong.items() if code != _TAKEN
        ]
        # One that the bank says it has already may be paid: a person has to look, and it is never sent again.
        taken = [payouts[name].id for name, code in wrong.items() if code == _TAKEN]
        await _share_out(work, batch, [one for name, one in payouts.items() if name not in wrong], failed, taken)
    log.warning("payout_batch.refused", batch_id=str(batch.id))


async def _share_out(
    work: Work, batch: OpenBatch, free: Sequence[Payout], failed: Sequence[Ended], taken: Sequence[PayoutId]
) -> None:
    # Everything is locked in one order before anything changes: accounts, then payouts.
    await accounts.lock_accounts(work, [one.provider_id for one in failed])
    names = [*(one.id for one in free), *(one.payout_id for one in failed)]
    locked = {payout.id: payout for payout, _ in await rows.lock_some(work, names)}
    await end_some(work, failed)
    for payout in (locked[one.id] for one in free):
        if payout.batch_id == batch.id and payout.status in AT_THE_BANK:
            await rows.save_payout(work, payout.out_of_batch())
    for payout_id in taken:
        await contradict(work, payout_id, "the bank says that it has it already")


async def _end_all(context: PaymentsContext, scope: str, ended: list[Ended]) -> None:
    """In transactions of a bounded size; what is ended already stays as it is."""
    for start in range(0, len(ended), _AT_ONCE):
        async with context.uow.begin(scope) as work:
            await end_some(work, ended[start : start + _AT_ONCE])


async def _again(context: PaymentsContext, scope: str, batch: OpenBatch, why: str, at_least: timedelta) -> None:
    async with context.uow.begin(scope) as work:
        wait = max(delay(batch.tries, _FIRST_WAIT, _LONGEST_WAIT), at_least)
        if not await rows.save_batch(work, batch, batch.status, wait, why):
            return
        if batch.tries >= (_MANY_LOOKS if batch.is_accepted else _MANY_TRIES):
            await store.open_case(work, Case("payout_batch_stuck", str(batch.id), why))
