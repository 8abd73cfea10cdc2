"""Kafka in."""

from typing import Final

from booking import usecases
from booking.usecases import BookingContext
from common.subscriptions import Subscription, project, react
from contracts.payments import PaymentClosed, PaymentConfirmed, PaymentPending, PaymentRefunded, WithdrawalConfirmed
from contracts.providers import (
    ProviderRegistered,
    ProviderUpdated,
    ProviderVerified,
    SchedulePublished,
    ServicePublished,
    TimeOffPublished,
)

SUBSCRIPTIONS: Final[tuple[Subscription[BookingContext], ...]] = (
    project(ProviderRegistered, ProviderVerified, ProviderUpdated, into=usecases.remember_providers),
    project(ServicePublished, into=usecases.remember_services),
    project(SchedulePublished, into=usecases.remember_schedules),
    project(TimeOffPublished, into=usecases.remember_time_off),
    react(PaymentPending, usecases.remember_payment),
    react(PaymentConfirmed, usecases.take_payment),
    react(PaymentClosed, usecases.close_payment),
    react(PaymentRefunded, usecases.take_note_of_refund),
    react(WithdrawalConfirmed, usecases.withdraw_booking),
)
