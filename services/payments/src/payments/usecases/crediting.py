"""Credit that is spent on a payment, comes back from it, or is taken back: the balance and the charge in one commit.

The credit is locked last, after bookings, intents and refunds, so that nobody waits for anybody in a ring.
"""

from collections.abc import Sequence

import structlog

from common.errors import NotFound
from common.idempotency import Once
from common.money import Money
from common.telemetry import span
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import AccountId, CreditId, new_id
from contracts.payments import PaymentPending
from payments import store
from payments.domain.charge import Charge, RefundSeen, Snapshot
from payments.domain.credit import (
    CreditAccount,
    CreditMovement,
    credit_entry,
    paid_with,
    refund_name,
    returned,
    spent,
    taken_back,
    went_back,
)
from payments.domain.intent import Intent
from payments.domain.judgement import Outcome
from payments.domain.payable import PaymentChanging
from payments.domain.purpose import Wish
from payments.domain.refund import Refund, RefundStatus
from payments.domain.switches import Method
from payments.usecases import audited_credit as audited
from payments.usecases.apply import apply_snapshot
from payments.usecases.begin import lock_for_payment, lock_known, new_intent
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell
from payments.usecases.posting import post_apart
from payments.usecases.wanting import wait_for_payable, want

log = structlog.get_logger()


async def pay_with_credit(
    context: PaymentsContext, vertical: Vertical, client_id: AccountId, wish: Wish, once: Once | None
) -> Intent:
    """Pay all of it at once out of the client's credit. A named refusal when it cannot be paid so now."""
    payable = await wait_for_payable(context, vertical.id, wish.booking_id, wish.purpose)
    if payable.client_id != client_id:
        raise NotFound
    with span("payment begun", traceparent=payable.traceparent):
        async with context.uow.begin(vertical.id, once) as work:
            payable, latest, request_key = await lock_for_payment(work, wish, once)
            wanted = await want(work, vertical, payable, latest, wish)
            context.switches.admit(Method.CREDIT)
            context.upgrading.admit(wish.purpose)
            # Too little credit is no reason to close a page that can be paid.
            (await _look(work, client_id, wanted.amount)).must_cover(wanted.amount)
            if latest is None or not latest.is_open:
                made = new_intent(context, payable, wanted, await work.now(), Method.CREDIT)
                await store.insert_intent(work, made, request_key)
                await work.publish(tell(PaymentPending, made))
                return await work.finish(await _spend(work, made))
            await store.close_soon(work, latest.id, "amount_or_way_changed")
    raise PaymentChanging


async def _look(work: Work, client_id: AccountId, wanted: Money) -> CreditAccount:
    return await store.credit.find_account(work, client_id) or CreditAccount(client_id, Money.zero(wanted.currency))


async def _spend(work: Work, intent: Intent) -> Intent:
    """NotEnoughCredit where another payment was quicker: then nothing of this one stays."""
    now = await work.now()
    await _apply(work, paid_with(work.scope, intent, now))
    account = await store.credit.open_account(work, intent.client_id, intent.amount.currency)
    account.must_cover(intent.amount)
    await _move(work, spent(CreditId(new_id()), intent, now))
    log.info("payment.by_credit", payment_id=str(intent.id), booking_id=str(intent.booking_id))
    return await lock_known(work, intent.id)


async def give_back_credit(
    work: Work, refund: Refund, intent: Intent, charge: Charge, others: Sequence[Refund]
) -> None:
    """Make the refund: nobody else has that money. `others` are the charge's; the caller holds the intent."""
    now, name = await work.now(), refund_name(refund.id)
    await store.save_refund(work, refund.of(charge.id).found(name))
    before = [
        RefundSeen(each.found_id, each.amount, done=True)
        for each in others
        if each.status is RefundStatus.DONE and each.found_id is not None
    ]
    one_more = RefundSeen(name, refund.amount, done=True)
    await _apply(work, went_back(work.scope, intent, charge, before, one_more, now))
    await store.credit.open_account(work, intent.client_id, refund.amount.currency)
    movement = returned(CreditId(new_id()), intent, refund.id, refund.amount, now)
    await _move(work, movement)
    work.audit(audited.credit_returned(movement))
    if await store.credit.is_erased(work, intent.client_id):
        await _take_back(work, intent.client_id)


async def take_back_credit(work: Work, client_id: AccountId) -> None:
    """Of a client who is erased, all there is: nobody could spend it. The erasure is on record in this transaction.

    The account is opened where there is none: a grant made at this moment waits for it, and sees the erasure then.
    """
    if await store.credit.is_client(work, client_id):
        await _take_back(work, client_id)


async def _take_back(work: Work, client_id: AccountId) -> None:
    account = await store.credit.open_account(work, client_id, Money.zero().currency)
    if not account.balance:
        return
    movement = taken_back(CreditId(new_id()), account, await work.now())
    await _move(work, movement)
    await post_apart(work, None, credit_entry(movement))
    work.audit(audited.credit_taken_back(movement))
    log.info("credit.taken_back", credit_id=str(movement.id))


async def _move(work: Work, movement: CreditMovement) -> None:
    """The caller holds the account."""
    await store.credit.insert_movement(work, movement)
    await store.credit.change_balance(work, movement)


async def _apply(work: Work, snapshot: Snapshot) -> None:
    """The balance and the charge change together or not at all."""
    outcome = await apply_snapshot(work, snapshot, await work.now())
    if outcome is not Outcome.APPLIED:
        raise LookupError(f"{snapshot.id} does not fit: {outcome}")
