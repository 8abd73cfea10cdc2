"""Intents as facts: the whole public state, under the name of what happened."""

from typing import TypeVar

from contracts.payments import (
    PaymentClosed,
    PaymentConfirmed,
    PaymentDisputed,
    PaymentFact,
    PaymentPending,
    PaymentRefunded,
    PaymentRejected,
    PaymentStatus,
)
from payments.domain.intent import Intent
from payments.domain.judgement import Step, Told
from payments.domain.refund import Refund

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


def tell_step(step: Step, reason: str, refund: Refund | None) -> PaymentFact:
    """The fact of one step; `reason` is MercadoPago's status_detail, `refund` the step's."""
    if refund is not None:
        return tell_refund(step.intent, refund)
    if step.told is Told.REJECTED:
        return tell(PaymentRejected, step.intent, reason=reason)
    return tell(_PLAIN[step.told], step.intent)


def tell_state(intent: Intent) -> PaymentFact:
    """What a new reader has to know of an intent whose money never went back."""
    if intent.is_open:
        return tell(PaymentPending, intent)
    if intent.is_closed:
        return tell(PaymentClosed, intent)
    return tell(PaymentDisputed if intent.status.value.startswith("dispute") else PaymentConfirmed, intent)


_PLAIN: dict[Told, type[PaymentFact]] = {
    Told.PENDING: PaymentPending,
    Told.CONFIRMED: PaymentConfirmed,
    Told.DISPUTED: PaymentDisputed,
}
