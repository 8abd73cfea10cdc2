"""`begin_payment`: an intent for a booking and a purpose, and MercadoPago's hosted page for it.

The intent is committed before MercadoPago is asked and the answer after it: whatever breaks in between is continued
by the same request under the same idempotency key.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from common.errors import InProgress, KeyReused, NotFound
from common.idempotency import Once
from common.money import Money
from common.telemetry import span
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import AccountId, PaymentId, new_id
from contracts.payments import PaymentPending
from payments import store
from payments.clients import (
    BrokenDownError,
    MercadoPagoError,
    NotAcceptedError,
    Offer,
    Preference,
    RefusedError,
    UnansweredError,
)
from payments.domain.attempt import Attempt, AttemptStatus
from payments.domain.intent import Intent, IntentStatus
from payments.domain.method import Means
from payments.domain.payable import BookingNotVisible, Payable, PaymentChanging
from payments.domain.purpose import Wanted, Wish, out_of_time
from payments.domain.reference import Reference
from payments.domain.switches import Method
from payments.metrics import ATTEMPTS, PROVIDER
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell
from payments.usecases.refusing import looked_after, unavailable
from payments.usecases.wanting import wait_for_payable, want

log = structlog.get_logger()
_POLL_SECONDS: Final = 0.05
_SPARE: Final = timedelta(seconds=10)
"""By how much an attempt's lease outlives the calls it is for."""
_FIRST_LOOK: Final = timedelta(seconds=60)


async def begin_payment(
    context: PaymentsContext, vertical: Vertical, client_id: AccountId, wish: Wish, once: Once | None
) -> Intent:
    """The booking's open intent of that purpose with its page. A named refusal when it cannot be paid now."""
    payable = await wait_for_payable(context, vertical.id, wish.booking_id, wish.purpose)
    if payable.client_id != client_id:
        raise NotFound
    with span("payment begun", traceparent=payable.traceparent):
        intent, attempt = await _open(context, vertical, wish, once)
        if attempt is not None:
            return await remember(context, vertical.id, await _offer(context, vertical, intent, attempt), once)
        if intent.init_point is not None:
            return intent
        return await remember(context, vertical.id, await _wait_for_page(context, vertical.id, intent.id), once)


async def _open(
    context: PaymentsContext, vertical: Vertical, wish: Wish, once: Once | None
) -> tuple[Intent, Attempt | None]:
    """The open intent, new if need be; with the attempt when it is ours to send."""
    async with context.uow.begin(vertical.id, once) as work:
        now = await work.now()
        payable, latest, request_key = await lock_for_payment(work, wish, once)
        wanted = await want(work, vertical, payable, latest, wish)
        if latest is None or not latest.is_open or latest.init_point is None:
            # A payment whose page is open already can be paid there whatever we say here.
            context.switches.admit(Method.CHECKOUT_PRO)
            context.upgrading.admit(wish.purpose)
        if latest is None or not latest.is_open:
            return await insert_new(context, work, payable, wanted, request_key)
        if is_wanted(latest, wanted, now) and not latest.is_direct:
            return await _continue(context, work, latest, now)
        await store.close_soon(work, latest.id, "amount_or_way_changed")
    raise PaymentChanging


def is_wanted(latest: Intent, wanted: Wanted, now: datetime) -> bool:
    """Whether the open intent is what is asked for now, and can still be paid."""
    return latest.amount == wanted.amount and now < wanted.until and not latest.closing


async def lock_for_payment(work: Work, wish: Wish, once: Once | None) -> tuple[Payable, Intent | None, str | None]:
    """The booking, its newest intent of the purpose and the request's key; KeyReused when that is another booking's."""
    payable = await store.lock_payable(work, wish.booking_id)
    if payable is None:
        raise BookingNotVisible
    request_key = f"{once.scope} {once.key}" if once is not None else None
    if request_key is not None and await store.find_other_booking(work, request_key, wish.booking_id):
        raise KeyReused
    return payable, await store.lock_latest_of_booking(work, wish.booking_id, wish.purpose), request_key


async def insert_new(
    context: PaymentsContext,
    work: Work,
    payable: Payable,
    wanted: Wanted,
    request_key: str | None,
    means: Means | None = None,
) -> tuple[Intent, Attempt]:
    """A new intent with its first attempt, ours to send: to MercadoPago's page, or with the payer's own means."""
    now = await work.now()
    intent = new_intent(context, payable, wanted, now, means.method if means is not None else Method.CHECKOUT_PRO)
    first = Attempt(intent.id, 1)
    attempt = (first.paid_with(means) if means is not None else first).taken(lease_of(context, now))
    await store.insert_intent(work, intent, request_key, now + _FIRST_LOOK)
    await store.insert_attempt(work, attempt)
    await work.publish(tell(PaymentPending, intent))
    return intent, attempt


def new_intent(context: PaymentsContext, payable: Payable, wanted: Wanted, now: datetime, way: Method) -> Intent:
    """An intent that nobody knows of yet."""
    nothing = Money.zero(wanted.amount.currency)
    return Intent(
        id=PaymentId(new_id()),
        version=1,
        booking_id=payable.booking_id,
        client_id=payable.client_id,
        provider_id=payable.provider_id,
        status=IntentStatus.CREATED,
        amount=wanted.amount,
        captured=nothing,
        refunded=nothing,
        collector_id=context.collector_id,
        city=payable.city,
        province=payable.province,
        expires_at=wanted.until,
        created_at=now,
        tariff=wanted.tariff,
        purpose=wanted.purpose,
        traceparent=payable.traceparent,
        way=way,
    )


def lease_of(context: PaymentsContext, now: datetime) -> datetime:
    """Until when an attempt sent now is nobody else's."""
    return now + timedelta(seconds=context.page_seconds) + _SPARE


async def _continue(
    context: PaymentsContext, work: Work, intent: Intent, now: datetime
) -> tuple[Intent, Attempt | None]:
    """Take up what an earlier request left; nothing when the page is there or somebody is at it."""
    if intent.init_point is not None:
        return await work.finish(intent), None
    last = (await store.find_attempts(work, intent.id))[-1]
    if last.status is AttemptStatus.DECLINED:
        attempt = last.next().taken(lease_of(context, now))
        await store.insert_attempt(work, attempt)
        return intent, attempt
    if last.is_busy(now):
        return intent, None
    attempt = last.taken(lease_of(context, now))
    await store.save_attempt(work, attempt)
    return intent, attempt


async def _offer(context: PaymentsContext, vertical: Vertical, intent: Intent, attempt: Attempt) -> Intent:
    try:
        page = await _page_in_time(context, vertical, intent, attempt)
    except MercadoPagoError as error:
        await _note_failure(context, vertical.id, attempt, error)
        raise unavailable(context, intent.way, error) from error
    async with context.uow.begin(vertical.id) as work:
        current = await lock_known(work, intent.id)
        await store.save_attempt(work, (await attempt_now(work, attempt)).sent(page.id))
        if not (current.is_closed or (current.is_open and current.closing)):
            return await _show_page(work, current.offered(page.init_point))
        # Given up while MercadoPago was thinking: a page nobody knew of must not take money.
        await store.close_soon(work, current.id, "hold_ran_out")
    raise out_of_time(current)


async def _show_page(work: Work, intent: Intent) -> Intent:
    await store.save_intent(work, intent)
    if intent.is_open:
        await store.look_later(work, intent.id, _FIRST_LOOK)
    log.info("payment.offered", payment_id=str(intent.id), booking_id=str(intent.booking_id))
    return intent


async def _page_in_time(context: PaymentsContext, vertical: Vertical, intent: Intent, attempt: Attempt) -> Preference:
    """However many calls it takes, they end before the lease on the attempt does."""
    try:
        async with asyncio.timeout(context.page_seconds):
            return await _make_page(context, vertical, intent, attempt)
    except TimeoutError:
        raise UnansweredError("too-slow") from None


async def _make_page(context: PaymentsContext, vertical: Vertical, intent: Intent, attempt: Attempt) -> Preference:
    """MercadoPago may ignore the key of a repeated request, so what an unanswered try made is looked for first."""
    reference = str(Reference(vertical.id, intent.id))
    if attempt.tries > 1 and (page := await _find_page(context, reference)) is not None:
        return page
    pages = f"{vertical.address(context.public_url)}/pago"
    offer = Offer(
        external_reference=reference,
        title=vertical.terms.appointment.capitalize(),
        amount=intent.amount,
        expires_at=intent.expires_at,
        notification_url=context.notification_url,
        back_urls={
            "success": f"{pages}/aprobado",
            "pending": f"{pages}/pendiente",
            "failure": f"{pages}/rechazado",
        },
    )
    try:
        return await context.mercadopago.create_preference(offer, attempt.key)
    except BrokenDownError as error:
        raise await looked_after(error, attempt, context.mercadopago.find_preferences(reference)) from error


async def _find_page(context: PaymentsContext, reference: str) -> Preference | None:
    try:
        found = await context.mercadopago.find_preferences(reference)
        return await context.mercadopago.preference(found[0]) if found else None
    except RefusedError as error:
        # Refusing to tell is no decline of what was asked before.
        raise UnansweredError(str(error)) from error


async def _note_failure(context: PaymentsContext, scope: str, attempt: Attempt, error: MercadoPagoError) -> None:
    """A refusal is a decline; what was surely not sent stays as it was; all else is unknown, never failed."""
    declined = isinstance(error, RefusedError)
    async with context.uow.begin(scope) as work:
        await lock_known(work, attempt.intent_id)
        current = await attempt_now(work, attempt)
        if declined:
            status = AttemptStatus.DECLINED
        else:
            status = current.status if isinstance(error, NotAcceptedError) else AttemptStatus.UNKNOWN
        await store.save_attempt(work, current.to(status, str(error)))
    ATTEMPTS.labels(PROVIDER, "unavailable", "ours" if declined else "provider").inc()
    log.warning("payment.unavailable", payment_id=str(attempt.intent_id), reason=str(error), status=status)


async def _wait_for_page(context: PaymentsContext, scope: str, intent_id: PaymentId) -> Intent:
    """Somebody else's request is asking MercadoPago for the page right now."""
    give_up = asyncio.get_running_loop().time() + context.wait_seconds
    while asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(_POLL_SECONDS)
        async with context.uow.read(scope) as session:
            found = await store.find_intent(session, intent_id)
        if found is not None and found.init_point is not None:
            return found
    raise InProgress


async def remember(context: PaymentsContext, scope: str, intent: Intent, once: Once | None) -> Intent:
    """Keep the reply under its key, apart from the page: the same request at the same moment must not undo that."""
    if once is None:
        return intent
    async with context.uow.begin(scope, once) as work:
        return await work.finish(intent)


async def lock_known(work: Work, intent_id: PaymentId) -> Intent:
    """An intent that is there for certain."""
    intent = await store.lock_intent(work, intent_id)
    if intent is None:
        raise LookupError("an intent vanished")
    return intent


async def attempt_now(work: Work, attempt: Attempt) -> Attempt:
    """The attempt as it is now: a payment may have overtaken the answer to our own request."""
    known = await store.find_attempts(work, attempt.intent_id)
    return next((each for each in known if each.n == attempt.n), replace(attempt))
