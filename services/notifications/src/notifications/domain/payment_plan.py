"""Which messages a payment that is made elsewhere calls for: how to make it, and that its time is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from contracts.ids import AccountId, BookingId, NotificationId, new_id
from notifications.domain.notification import Notification, Template
from notifications.domain.payment import Payment, PaymentState
from notifications.domain.plan import Rules

_NEWS_KEEPS: Final = timedelta(days=1)
"""How long it is worth telling that the time to pay is over."""


def plan_payment(
    payment: Payment, client_id: AccountId, booking_id: BookingId, amount: Money, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """On each channel; nothing for a payment that is made on a page or by a card, or that is paid."""
    template = _template(payment)
    if template is None or payment.pay_until is None:
        return
    ran_out = template is Template.PAYMENT_RAN_OUT
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"payment:{payment.id}:{'ran_out' if ran_out else 'to_pay'}:{channel}",
            account_id=client_id,
            channel=channel,
            template=template,
            due_at=now,
            expires_at=now + _NEWS_KEEPS if ran_out else payment.pay_until,
            booking_id=booking_id,
            payment_id=payment.id,
            refund=amount,
        )


def _template(payment: Payment) -> Template | None:
    if payment.state is PaymentState.OVER or (payment.ticket is None and payment.transfer is None):
        return None
    if payment.state is PaymentState.RAN_OUT:
        return Template.PAYMENT_RAN_OUT
    return Template.TICKET_TO_PAY if payment.ticket is not None else Template.TRANSFER_TO_MAKE
