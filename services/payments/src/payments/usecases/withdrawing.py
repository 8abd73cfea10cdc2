"""The withdrawal, from the request to the money's return.

What is asked for is only written down; whether the contact is the client's is looked at afterwards, by a job. So the
answer says nothing, not even by how long it takes.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest
from typing import Final

import structlog

from common.contacts import Contact, Verification, seal
from common.due import OneByOne, settle_due
from common.errors import NotFound, Refusal
from common.idempotency import Once
from common.settings import SHARED
from common.telemetry import current_traceparent, span
from common.uow import Work
from contracts.ids import AccountId, BookingId, WithdrawalId, instant_of, new_id
from contracts.payments import WithdrawalCode, WithdrawalConfirmed
from payments import store
from payments.domain.backoff import delay
from payments.domain.payable import Payable
from payments.domain.reach import Reach
from payments.domain.withdrawal import (
    CODE_DIGITS,
    MOST_LOOKS,
    AlreadyWithdrawn,
    TooManyWithdrawals,
    Withdrawal,
    WithdrawalStatus,
    WrongWithdrawalCode,
    followed,
    why_not,
)
from payments.usecases import audited
from payments.usecases.context import PaymentsContext

log = structlog.get_logger()
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are read for one another."""
_TRACKING_LETTERS: Final = 6
_BATCH: Final = 20
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_LOOK: Final = timedelta(minutes=2)
"""A booking or a contact may be told of a little later than its withdrawal is asked for."""
_LONGEST_FOLLOW: Final = timedelta(minutes=15)
_UNREADABLE_WAIT: Final = timedelta(minutes=1)
_ENDED: Final = frozenset({WithdrawalStatus.DONE, WithdrawalStatus.REFUSED})


async def ask_withdrawal(
    context: PaymentsContext, scope: str, booking_id: BookingId, reach: Reach, once: Once | None
) -> Withdrawal:
    """Write the request down, whoever asks for whatever. TooManyWithdrawals for this booking and contact."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_TRACKING_LETTERS))
    marks = context.marker.marks(reach)
    async with context.uow.begin(scope, once) as work:
        new = Withdrawal(
            id=WithdrawalId(new_id()),
            version=0,
            tracking_code=f"ARR-{code}",
            booking_id=booking_id,
            channel=reach.channel,
            status=WithdrawalStatus.OPEN,
            created_at=await work.now(),
        )
        if not await store.withdrawals.insert_withdrawal(work, new, marks, marks[0], current_traceparent()):
            raise TooManyWithdrawals
        log.info("withdrawal.asked", withdrawal_id=str(new.id), booking_id=str(booking_id))
        return await work.finish(new)


async def get_withdrawal(
    context: PaymentsContext, scope: str, withdrawal_id: WithdrawalId, tracking_code: str
) -> Withdrawal:
    """For whoever was given both; NotFound."""
    async with context.uow.read(scope) as session:
        found = await store.withdrawals.find_withdrawal(session, withdrawal_id)
    if found is None or not compare_digest(found.tracking_code.encode(), tracking_code.strip().upper().encode()):
        raise NotFound
    return found


async def confirm_withdrawal(
    context: PaymentsContext, scope: str, withdrawal_id: WithdrawalId, code: str
) -> Withdrawal:
    """Prove who asks. A wrong code costs a try, for good. The right one again is answered alike.

    NotFound, WrongWithdrawalCode, ServiceRendered, WithdrawalTooLate, AlreadyWithdrawn.
    """
    async with context.uow.begin(scope) as work:
        answer = await _try_code(context, work, withdrawal_id, code)
    if isinstance(answer, Refusal):
        raise answer
    return answer


async def settle_withdrawals(context: PaymentsContext, scope: str) -> int:
    """Send the codes that are due, look after the confirmed ones, and end what nobody proved."""
    if scope == SHARED:
        return 0
    apart = OneByOne(
        partial(_find_due, context, scope), partial(_settle_one, context, scope), partial(_put_off, context, scope)
    )
    return await settle_due("settle_withdrawals", partial(_settle_batch, context, scope), apart)


async def _settle_batch(context: PaymentsContext, scope: str) -> int:
    async with context.uow.begin(scope) as work:
        due = await store.withdrawals.claim_withdrawals(work, _BATCH)
        for each in due:
            await _settle(context, work, each)
    return len(due)


async def _find_due(context: PaymentsContext, scope: str) -> Sequence[WithdrawalId]:
    async with context.uow.read(scope) as session:
        return await store.withdrawals.find_due_withdrawals(session, _BATCH)


async def _settle_one(context: PaymentsContext, scope: str, withdrawal_id: WithdrawalId) -> None:
    async with context.uow.begin(scope) as work:
        if (due := await store.withdrawals.lock_due_withdrawal(work, withdrawal_id)) is not None:
            await _settle(context, work, due)


async def _put_off(context: PaymentsContext, scope: str, withdrawal_id: WithdrawalId) -> None:
    async with context.uow.begin(scope) as work:
        await store.withdrawals.put_off_withdrawal(work, withdrawal_id, _UNREADABLE_WAIT)


async def _settle(context: PaymentsContext, work: Work, due: store.withdrawals.Asked) -> None:
    with span("withdrawal due", traceparent=due.traceparent):
        if due.withdrawal.status is WithdrawalStatus.OPEN:
            await _settle_open(context, work, due)
        else:
            await _follow(work, due.withdrawal)


async def _try_code(
    context: PaymentsContext, work: Work, withdrawal_id: WithdrawalId, code: str
) -> Withdrawal | Refusal:
    found = await store.withdrawals.find_withdrawal(work, withdrawal_id)
    if found is None:
        raise NotFound
    # The booking first, as whatever booking tells of it does: two withdrawals of one booking wait for each other.
    payable = await store.lock_payable(work, found.booking_id)
    asked = await store.withdrawals.lock_withdrawal(work, withdrawal_id)
    now = await work.now()
    if asked is None:
        raise NotFound
    right = context.marker.is_code(asked.id, code, asked.code_mark)
    if not asked.tries_left(now):
        return WrongWithdrawalCode(triesLeft=0)
    if payable is None or not right:
        missed = asked.missed()
        await store.withdrawals.count_try(work, missed)
        return WrongWithdrawalCode(triesLeft=missed.tries_left(now))
    if asked.status is not WithdrawalStatus.OPEN:
        return asked.why_refused() or asked
    return await _decide(work, asked, payable)


async def _decide(work: Work, asked: Withdrawal, payable: Payable) -> Withdrawal | Refusal:
    """The one who asks is the client: what the law says."""
    why = why_not(payable.status, payable.created_at or instant_of(payable.booking_id), asked.created_at)
    if why is None and await store.withdrawals.is_withdrawn(work, payable.booking_id):
        why = AlreadyWithdrawn
    if why is not None:
        refused = asked.refused(why)
        await store.withdrawals.save_withdrawal(work, refused, None)
        work.audit(audited.withdrawal_ended(refused))
        return why()
    confirmed = asked.confirmed(await work.now())
    await store.withdrawals.save_withdrawal(work, confirmed, _FIRST_WAIT)
    await work.publish(
        WithdrawalConfirmed(
            version=confirmed.version,
            withdrawal_id=confirmed.id,
            booking_id=payable.booking_id,
            provider_id=payable.provider_id,
            client_id=payable.client_id,
            tracking_code=confirmed.tracking_code,
        )
    )
    work.audit(audited.withdrawal_confirmed(confirmed))
    log.info("withdrawal.confirmed", withdrawal_id=str(confirmed.id), booking_id=str(payable.booking_id))
    return confirmed


async def _settle_open(context: PaymentsContext, work: Work, due: store.withdrawals.Asked) -> None:
    asked, now = due.withdrawal, await work.now()
    if now >= asked.open_until:
        await store.withdrawals.save_withdrawal(work, replace(asked.expired(), code_mark=None), None)
        return
    if asked.code_mark is None and now < asked.code_until:
        asked = await _send_code(context, work, asked, due)
    if asked.code_mark is None and now < asked.code_until:
        looked = asked.looked_at()
        await store.withdrawals.save_withdrawal(work, looked, delay(looked.looks, _FIRST_WAIT, _LONGEST_LOOK))
        return
    await store.withdrawals.save_withdrawal(work, asked, _until_expiry(asked, now))


async def _send_code(
    context: PaymentsContext, work: Work, asked: Withdrawal, due: store.withdrawals.Asked
) -> Withdrawal:
    """Where the contact is the client's, a code travels to it, closed; the request as it is then."""
    payable = await store.find_payable(work, asked.booking_id)
    key_id = (
        await store.withdrawals.find_contact_key(work, payable.client_id, due.marks) if payable is not None else None
    )
    if payable is None or key_id is None or key_id not in context.contact_keys:
        return asked
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    coded = asked.coded(payable.client_id, payable.provider_id, context.marker.code_mark(asked.id, code))
    await work.publish(_closed(context, coded, payable.client_id, key_id, code))
    return coded


def _closed(
    context: PaymentsContext, coded: Withdrawal, client_id: AccountId, key_id: str, code: str
) -> WithdrawalCode:
    until = coded.code_until
    inside = Contact(name="", verification=Verification(code, coded.channel, until.isoformat()))
    sealed = seal(inside, client_id, coded.version, key_id, context.contact_keys[key_id])
    return WithdrawalCode(
        version=coded.version,
        withdrawal_id=coded.id,
        client_id=client_id,
        booking_id=coded.booking_id,
        channel=coded.channel.value,
        expires_at=until,
        tracking_code=coded.tracking_code,
        key_id=sealed.key_id,
        nonce=sealed.nonce,
        sealed=sealed.sealed,
    )


def _until_expiry(asked: Withdrawal, now: datetime) -> timedelta:
    return max(asked.open_until - now, timedelta(0))


async def _follow(work: Work, confirmed: Withdrawal) -> None:
    payable = await store.find_payable(work, confirmed.booking_id)
    money = await store.withdrawals.find_return(work, confirmed.booking_id)
    after = followed(confirmed, payable.status, money) if payable is not None else confirmed
    if after.status in _ENDED:
        # While the code's time runs, whoever sends it again is told what came of it.
        kept = after if await work.now() < after.code_until else replace(after, code_mark=None)
        await store.withdrawals.save_withdrawal(work, kept, None)
        work.audit(audited.withdrawal_ended(after))
        log.info("withdrawal.ended", withdrawal_id=str(after.id), status=after.status)
        return
    looked = after.looked_at()
    if looked.looks < MOST_LOOKS:
        await store.withdrawals.save_withdrawal(work, looked, delay(looked.looks, _FIRST_WAIT, _LONGEST_FOLLOW))
        return
    # From here on it is looked at when something becomes of the booking or its money, and no more by itself.
    await store.withdrawals.save_withdrawal(work, looked, None)
    found = f"{looked.status}: {money.left} left, {money.asked} refunds asked, booking {looked.booking_id}"
    await store.open_case(work, store.Case("withdrawal_unfinished", str(looked.id), found))
    log.warning("withdrawal.unfinished", withdrawal_id=str(looked.id), status=looked.status, left=money.left)
