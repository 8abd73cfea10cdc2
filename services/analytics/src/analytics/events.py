"""What analytics listens to."""

from typing import Final

from analytics import usecases
from common.subscriptions import project
from contracts.booking import (
    BookingApproved,
    BookingArrived,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingCreated,
    BookingExpired,
    BookingHoldDue,
    BookingHoldMoved,
    BookingNoShow,
    BookingPaid,
    BookingRefundDue,
    BookingRescheduled,
)
from contracts.payments import (
    PaymentClosed,
    PaymentConfirmed,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentPending,
    PaymentRefunded,
    PaymentRejected,
)
from contracts.providers import ProviderRegistered, ProviderUpdated, ProviderVerified

SUBSCRIPTIONS: Final = (
    project(ProviderRegistered, ProviderVerified, ProviderUpdated, into=usecases.project_providers),
    project(
        BookingCreated,
        BookingApproved,
        BookingConfirmed,
        BookingPaid,
        BookingRescheduled,
        BookingCancelled,
        BookingArrived,
        BookingCompleted,
        BookingNoShow,
        BookingExpired,
        BookingHoldDue,
        BookingHoldMoved,
        BookingRefundDue,
        into=usecases.project_bookings,
    ),
    project(
        PaymentPending,
        PaymentConfirmed,
        PaymentRejected,
        PaymentClosed,
        PaymentRefunded,
        PaymentDisputed,
        PaymentDisputeWon,
        PaymentDisputeLost,
        into=usecases.project_payments,
    ),
)
