"""Intents as facts: the whole public state, under the name of what happened."""

from typing import TypeVar

from contracts.elsewhere import TicketPart, TransferPart
from contracts.ids import AccountId
from contracts.payments import (
    PaymentClosed,
    PaymentConfirmed,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentFact,
    PaymentPending,
    PaymentPurpose,
    PaymentRefunded,
    PaymentRejected,
    PaymentStatus,
)
from payments.domain.intent import Intent, IntentStatus, Purpose
from payments.domain.judgement import Step, Told
from payments.domain.refund import Refund
from payments.domain.slow import hold_until
from payments.usecases.context import Receiver

F = TypeVar("F", bound=PaymentFact)


def tell(kind: type[F], intent: Intent, **more: object) -> F:
    """The fact that `kind` happened to the intent; `more` is what only that fact says."""
    return kind(
        version=intent.version,
        payment_id=intent.id,
        booking_id=intent.booking_id,
        provider_id=intent.provider_id,
        client_id=intent.client_id,
        status=PaymentStatus(intent.status.value),
        amount=intent.amount.as_amount(),
        captured=intent.captured.as_amount(),
        refunded=intent.refunded.as_amount(),
        purpose=PaymentPurpose(intent.purpose.value),
        method=intent.method,
        city=intent.city,
        province=intent.province,
        paid_at=intent.paid_at,
        **more,
    )


def tell_refund(intent: Intent, refund: Refund) -> PaymentRefunded:
    """The fact that money went back."""
    amount, origin = refund.amount.as_amount(), refund.origin.value
    return tell(PaymentRefunded, intent, refund_id=refund.id, refund=amount, origin=origin)


def tell_step(step: Step, reason: str, refund: Refund | None, owner: AccountId | None) -> PaymentFact:
    """The fact of one step; `reason` is MercadoPago's status_detail, `refund` the step's.

    `owner` is the provider's, who is told of disputes.
    """
    if refund is not None:
        return tell_refund(step.intent, refund)
    if step.told is Told.REJECTED:
        return tell(PaymentRejected, step.intent, reason=reason)
    if step.told is Told.PENDING:
        return tell_pending(step.intent)
    more = {"owner_id": owner} if step.is_of_dispute else {}
    return tell(_PLAIN[step.told], step.intent, **more)


def tell_state(intent: Intent) -> PaymentFact:
    """What a new reader has to know of an intent whose money never went back."""
    if intent.is_open:
        return tell_pending(intent)
    if intent.is_closed:
        return tell(PaymentClosed, intent)
    return tell(_OF_DISPUTES.get(intent.status, PaymentConfirmed), intent)


def tell_pending(intent: Intent, receiver: Receiver | None = None) -> PaymentPending:
    """Once there is a ticket or a reference, a booking's hold has to last until its money can have come.

    `receiver` is where a transfer goes: who asks for a snapshot is not told, as the payer knows already.
    """
    if not intent.waits_for_days:
        return tell(PaymentPending, intent)
    return tell(
        PaymentPending,
        intent,
        hold_until=hold_until(intent.expires_at) if intent.purpose is Purpose.DUE else None,
        pay_until=intent.expires_at,
        ticket=_ticket(intent),
        transfer=_transfer(intent, receiver),
    )


def _ticket(intent: Intent) -> TicketPart | None:
    if intent.ticket_url is None:
        return None
    return TicketPart(method=intent.way.value, url=intent.ticket_url, code=intent.ticket_code)


def _transfer(intent: Intent, receiver: Receiver | None) -> TransferPart | None:
    if intent.transfer_code is None or receiver is None:
        return None
    return TransferPart(cbu=receiver.cbu, alias=receiver.alias, reference=intent.transfer_code)


_PLAIN: dict[Told, type[PaymentFact]] = {
    Told.CONFIRMED: PaymentConfirmed,
    Told.DISPUTED: PaymentDisputed,
    Told.DISPUTE_WON: PaymentDisputeWon,
    Told.DISPUTE_LOST: PaymentDisputeLost,
}
_OF_DISPUTES: dict[IntentStatus, type[PaymentFact]] = {
    IntentStatus.DISPUTED: PaymentDisputed,
    IntentStatus.DISPUTE_LOST: PaymentDisputeLost,
}
