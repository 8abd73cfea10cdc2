"""`pay_directly`: a card's token or a ticket for cash, made by us at MercadoPago and not by the payer on its page.

As with the page, the intent and its attempt are committed before MercadoPago is asked, under one idempotency key, and
the reply comes in by `apply_snapshot` like everything. What an unanswered request may have made is looked for first;
then it is repeated word for word. Another card is another attempt, and only after a definite decline.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from common.errors import InProgress, NotFound, Refusal
from common.idempotency import Once
from common.telemetry import span
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import AccountId
from contracts.payments import PaymentRejected
from payments import store
from payments.clients import BrokenDownError, MercadoPagoError, NotAcceptedError, Order, RefusedError, UnansweredError
from payments.domain.attempt import UNDECIDED, Attempt, AttemptStatus
from payments.domain.charge import Snapshot
from payments.domain.intent import Intent
from payments.domain.method import (
    CASH,
    MOST_ATTEMPTS,
    CardDeclined,
    CardTokenUnusable,
    Means,
    TooManyAttempts,
    refusal_of,
)
from payments.domain.payable import PaymentChanging, PaymentUnavailable
from payments.domain.purpose import Wish, out_of_time
from payments.domain.reference import Reference
from payments.domain.slow import may_be_asked_again
from payments.metrics import ATTEMPTS, PROVIDER
from payments.usecases.apply import apply_snapshot
from payments.usecases.begin import (
    attempt_now,
    insert_new,
    is_wanted,
    lease_of,
    lock_for_payment,
    lock_known,
    remember,
)
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell
from payments.usecases.refusing import looked_after, unavailable
from payments.usecases.wanting import slowly, wait_for_payable, want

log = structlog.get_logger()
_POLL_SECONDS: Final = 0.05
_FIRST_LOOK: Final = timedelta(seconds=60)
_ROUNDS: Final = 2
"""What an earlier request left undecided, and then this one's own."""


async def pay_directly(
    context: PaymentsContext,
    vertical: Vertical,
    client_id: AccountId,
    wish: Wish,
    means: Means,
    once: Once | None,
) -> Intent:
    """The booking's open intent of that purpose, paid, under review or with its ticket; or else a named refusal."""
    payable = await wait_for_payable(context, vertical.id, wish.booking_id, wish.purpose)
    if payable.client_id != client_id:
        raise NotFound
    with span("payment begun", traceparent=payable.traceparent):
        for left in reversed(range(_ROUNDS)):
            intent, attempt = await _open(context, vertical, wish, means, once)
            try:
                if attempt is None:
                    decided = await _wait_for_decision(context, vertical.id, intent)
                else:
                    decided = await _send(context, vertical, intent, attempt)
            except (CardDeclined, CardTokenUnusable):
                if left and attempt is not None and attempt.means != means:
                    # That was a card of an earlier request.
                    continue
                raise
            return await remember(context, vertical.id, decided, once)
    raise InProgress


async def _open(
    context: PaymentsContext, vertical: Vertical, wish: Wish, means: Means, once: Once | None
) -> tuple[Intent, Attempt | None]:
    """The open intent, new if need be; with the attempt when it is ours to send."""
    async with context.uow.begin(vertical.id, once) as work:
        now = await work.now()
        payable, latest, request_key = await lock_for_payment(work, wish, once)
        wanted = await want(work, vertical, payable, latest, wish)
        if latest is None or not latest.is_open:
            context.switches.admit(means.method)
            context.upgrading.admit(wish.purpose)
            if means.method in CASH:
                wanted = slowly(wanted, payable, now, context.ticket_days)
            return await insert_new(context, work, payable, wanted, request_key, means)
        fits = is_wanted(latest, wanted, now) and latest.way is means.method
        if fits and (found := await _continue(context, work, latest, means, now)):
            return found
        await store.close_soon(work, latest.id, "amount_or_way_changed")
    raise PaymentChanging


async def _continue(
    context: PaymentsContext, work: Work, intent: Intent, means: Means, now: datetime
) -> tuple[Intent, Attempt | None] | None:
    """Take up what an earlier request left. None: this intent leads nowhere any more."""
    last = (await store.find_attempts(work, intent.id))[-1]
    if last.is_busy(now):
        return intent, None
    if last.status in UNDECIDED:
        attempt = (last.paid_with(means) if last.never_left else last).taken(lease_of(context, now))
        await store.save_attempt(work, attempt)
        return intent, attempt
    if last.status is not AttemptStatus.DECLINED:
        return intent, None
    if means.card is not None and last.token_print == means.card.token_print:
        # The same request once more, or a card that MercadoPago has judged already: nothing new to ask.
        return intent, None
    if intent.is_cash and not may_be_asked_again(intent.expires_at, now):
        return None
    if last.n >= MOST_ATTEMPTS:
        raise TooManyAttempts
    context.switches.admit(means.method)
    context.upgrading.admit(intent.purpose)
    attempt = last.next().paid_with(means).taken(lease_of(context, now))
    await store.insert_attempt(work, attempt)
    return intent, attempt


async def _wait_for_decision(context: PaymentsContext, scope: str, intent: Intent) -> Intent:
    """Somebody else's request may be asking MercadoPago right now; what it is told is told here too."""
    give_up = asyncio.get_running_loop().time() + context.wait_seconds
    while True:
        async with context.uow.read(scope) as session:
            last = (await store.find_attempts(session, intent.id))[-1]
            current = await store.find_intent(session, intent.id)
        if last.busy_until is None and current is not None:
            return _verdict(current, last)
        if asyncio.get_running_loop().time() > give_up:
            raise InProgress
        await asyncio.sleep(_POLL_SECONDS)


async def _send(context: PaymentsContext, vertical: Vertical, intent: Intent, attempt: Attempt) -> Intent:
    """However many calls it takes, they end before the lease on the attempt does."""
    try:
        async with asyncio.timeout(context.page_seconds):
            seen = await _ask(context, vertical, intent, attempt)
    except TimeoutError:
        return await _note_failure(context, vertical.id, attempt, UnansweredError("too-slow"))
    except MercadoPagoError as error:
        return await _note_failure(context, vertical.id, attempt, error)
    return await _settle(context, vertical.id, attempt, seen)


async def _ask(context: PaymentsContext, vertical: Vertical, intent: Intent, attempt: Attempt) -> Sequence[Snapshot]:
    """What an unanswered try made, or else the payment made now."""
    reference = str(Reference(vertical.id, intent.id))
    if attempt.tries > 1 and (found := await _find_new(context, vertical.id, intent, reference)):
        return found
    if attempt.means is None:
        raise LookupError("an undecided attempt without its means")
    order = Order(
        external_reference=reference,
        title=vertical.terms.appointment.capitalize(),
        amount=intent.amount,
        notification_url=context.notification_url,
        means=attempt.means,
        expires_at=intent.expires_at if intent.is_cash else None,
    )
    try:
        return [await context.mercadopago.create_payment(order, attempt.key)]
    except BrokenDownError as error:
        search = _find_new(context, vertical.id, intent, reference)
        raise await looked_after(error, attempt, search) from error


async def _find_new(context: PaymentsContext, scope: str, intent: Intent, reference: str) -> Sequence[Snapshot]:
    """Payments of this intent that are not known here: of earlier attempts all are."""
    async with context.uow.begin(scope) as work:
        known = {charge.id for charge in await store.find_charges(work, intent.id)}
    try:
        found = await context.mercadopago.find_payments(reference)
    except RefusedError as error:
        # Refusing to tell is no decline of what was asked before.
        raise UnansweredError(str(error)) from error
    return [each for each in found if each.id not in known]


async def _settle(context: PaymentsContext, scope: str, attempt: Attempt, seen: Sequence[Snapshot]) -> Intent:
    async with context.uow.begin(scope) as work:
        now = await work.now()
        for snapshot in seen:
            await apply_snapshot(work, snapshot, now)
        current, mine = await lock_known(work, attempt.intent_id), await attempt_now(work, attempt)
        if mine.status in UNDECIDED:
            # What came back does not fit, and is a case: whether it is ours, nobody knows.
            mine = mine.to(AttemptStatus.UNKNOWN, "differs")
            await store.save_attempt(work, mine)
        if current.is_closed and mine.status is not AttemptStatus.DECLINED:
            # Given up while MercadoPago was thinking: what nobody knew of must not take money.
            await store.close_soon(work, current.id, "hold_ran_out")
        elif current.is_open:
            await store.look_later(work, current.id, _FIRST_LOOK)
    log.info("payment.made", payment_id=str(current.id), status=current.status, attempt=mine.status)
    return _verdict(current, mine)


def _verdict(intent: Intent, attempt: Attempt) -> Intent:
    """The intent when it is paid or on its way; else the refusal that says what became of the attempt."""
    if not intent.is_open and not intent.is_closed:
        return intent
    if attempt.status is AttemptStatus.DECLINED:
        raise _declined(attempt)
    if attempt.status in UNDECIDED:
        raise PaymentUnavailable
    if intent.is_closed or intent.closing:
        raise out_of_time(intent)
    return intent


def _declined(attempt: Attempt) -> Refusal:
    """Named by MercadoPago's codes where it refused the request, by the reason where it declined the card."""
    status, *codes = (attempt.problem or "").split()
    if status.startswith("http-"):
        return refusal_of(frozenset(codes)) or PaymentUnavailable()
    return CardDeclined(reason=attempt.problem) if attempt.token_print is not None else PaymentUnavailable()


async def _note_failure(context: PaymentsContext, scope: str, attempt: Attempt, error: MercadoPagoError) -> Intent:
    """A refusal is a decline; what was surely not sent stays as it was; all else is unknown, never failed.

    A webhook may have told meanwhile how it ended: then that counts. Raises the refusal otherwise.
    """
    async with context.uow.begin(scope) as work:
        current, mine = await lock_known(work, attempt.intent_id), await attempt_now(work, attempt)
        if mine.status in UNDECIDED:
            mine = _after(error, mine)
            await store.save_attempt(work, mine)
            if isinstance(error, RefusedError) and current.is_open and refusal_of(error.codes) is not None:
                current = current.told()
                await store.save_intent(work, current)
                await work.publish(tell(PaymentRejected, current, reason=str(error)))
    blamed = isinstance(error, RefusedError) and refusal_of(error.codes) is not None
    outcome, fault = _blame(error, blamed=blamed)
    ATTEMPTS.labels(PROVIDER, outcome, fault).inc()
    log.warning("payment.unavailable", payment_id=str(current.id), reason=str(error), status=mine.status)
    if mine.status in UNDECIDED or (isinstance(error, RefusedError) and not blamed):
        raise unavailable(context, current.way, error) from error
    return _verdict(current, mine)


def _blame(error: MercadoPagoError, *, blamed: bool) -> tuple[str, str]:
    """Outcome and fault: a refusal of what the payer typed is a rejection, of anything else it is ours."""
    if blamed:
        return "rejected", "payer"
    return "unavailable", "ours" if isinstance(error, RefusedError) else "provider"


def _after(error: MercadoPagoError, attempt: Attempt) -> Attempt:
    if isinstance(error, NotAcceptedError):
        return attempt.not_accepted(str(error))
    return attempt.to(AttemptStatus.DECLINED if isinstance(error, RefusedError) else AttemptStatus.UNKNOWN, str(error))
