"""What booking and providers tell: the read models, and the intents of bookings that are over."""

from collections.abc import Collection, Sequence

from common.money import Money
from common.subscriptions import newest
from common.telemetry import span
from common.uow import Work
from contracts.booking import BookingCreated, BookingFact, BookingHoldDue, BookingPaid
from contracts.envelope import Event
from contracts.ids import BookingId
from contracts.payments import PaymentClosed, PaymentConfirmed
from contracts.providers import ProviderFact
from payments import store
from payments.domain.intent import Intent, IntentStatus
from payments.domain.payable import ENDED, BookingStatus, Payable
from payments.usecases.context import PaymentsContext
from payments.usecases.earning import REFUND_WAIT
from payments.usecases.facts import tell
from payments.usecases.tariffs import tariff_of

_OVER = frozenset({BookingStatus.CANCELLED, BookingStatus.EXPIRED})


async def remember_bookings(_context: PaymentsContext, work: Work, events: Sequence[Event[BookingFact]]) -> None:
    """Keep what can be paid; close what is over, and settle late money for what booking confirmed after all."""
    newest: dict[BookingId, Payable] = {}
    for event in events:
        told = _payable(event)
        known = newest.get(told.booking_id)
        if known is None or told.version > known.version:
            newest[told.booking_id] = told
    await store.upsert_payables(work, list(newest.values()))
    made = {event.data.booking_id: event.traceparent for event in events if isinstance(event.data, BookingCreated)}
    if made:
        await store.set_first_traces(work, made)
    await _end_what_is_over(work, newest.values())
    if confirmed := [each.booking_id for each in newest.values() if each.status is BookingStatus.CONFIRMED]:
        await _settle_late(work, await store.lock_late_of_bookings(work, confirmed))
    if paid := [event.data.payment_id for event in events if isinstance(event.data, BookingPaid)]:
        await _settle_late(work, await store.lock_late(work, paid))


async def _end_what_is_over(work: Work, payables: Collection[Payable]) -> None:
    """Nothing more is paid for it, what was is shared out, and whoever withdrew is told.

    Late money may have confirmed it while another payment of the same was open: that one is over then, too.
    """
    if settled := [each.booking_id for each in payables if each.status is not BookingStatus.HELD]:
        await store.close_dead(work, settled)
    if ended := [each.booking_id for each in payables if each.status in ENDED]:
        await store.earn_soon(work, ended, REFUND_WAIT)
    if withdrawn := [each.booking_id for each in payables if each.status in ENDED | _OVER]:
        await store.withdrawals.hurry_withdrawals(work, withdrawn)


async def remember_providers(_context: PaymentsContext, work: Work, events: Sequence[Event[ProviderFact]]) -> None:
    """Keep who owns each provider: the owner may see its payments."""
    await store.upsert_providers(work, newest(events))


async def close_payment(context: PaymentsContext, work: Work, event: Event[BookingHoldDue]) -> None:
    """The hold ran out: close the payment at MercadoPago, or say once more what became of it."""
    await remember_bookings(context, work, [event])
    intent = await store.lock_intent(work, event.data.payment_id)
    if intent is None:
        await _answer_for_unknown(context, work, event)
    elif intent.is_open:
        await store.close_soon(work, intent.id, "hold_ran_out")
    else:
        await _answer_again(work, intent)


async def _answer_again(work: Work, intent: Intent) -> None:
    """Booking asks because it does not know: an answer may have overtaken the question."""
    paid = intent.status in {IntentStatus.PAID, IntentStatus.PAID_LATE}
    if paid or intent.is_closed:
        told = intent.told()
        await store.save_intent(work, told)
        await work.publish(tell(PaymentConfirmed if paid else PaymentClosed, told))


async def _answer_for_unknown(context: PaymentsContext, work: Work, event: Event[BookingHoldDue]) -> None:
    """A payment that is not here collects nothing: kept as cancelled, so that the answer has a history."""
    told, now = event.data, await work.now()
    nothing = Money.zero(told.due_now.currency)
    intent = Intent(
        id=told.payment_id,
        version=1,
        booking_id=told.booking_id,
        client_id=told.client_id,
        provider_id=told.provider_id,
        status=IntentStatus.CANCELLED,
        amount=Money.of(told.due_now),
        captured=nothing,
        refunded=nothing,
        collector_id=context.collector_id,
        city=told.city,
        province=told.province,
        expires_at=now,
        created_at=now,
        tariff=tariff_of(context.verticals.get(work.scope)),
        traceparent=event.traceparent,
    )
    await store.insert_intent(work, intent)
    await work.publish(tell(PaymentClosed, intent))


async def _settle_late(work: Work, late: Sequence[Intent]) -> None:
    """Late money that its booking took after all is as good as any."""
    for intent in late:
        paid = intent.to(IntentStatus.PAID).told()
        await store.save_intent(work, paid)
        with span("late payment taken", traceparent=intent.traceparent):
            await work.publish(tell(PaymentConfirmed, paid))
    # The service may have been over before its money was taken.
    await store.earn_soon(work, [intent.booking_id for intent in late], REFUND_WAIT)


def _payable(event: Event[BookingFact]) -> Payable:
    told = event.data
    return Payable(
        booking_id=told.booking_id,
        version=told.version,
        client_id=told.client_id,
        provider_id=told.provider_id,
        status=BookingStatus(told.status.value),
        service_id=told.service_id,
        price=Money.of(told.price),
        due=Money.of(told.due_now),
        hold_expires_at=told.hold_expires_at,
        city=told.city,
        province=told.province,
        traceparent=event.traceparent,
        starts_at=told.starts_at,
        created_at=told.created_at,
    )
