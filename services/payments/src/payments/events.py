"""Kafka in."""

from typing import Final

from common.subscriptions import Subscription, project, react
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
from contracts.identity import AccountContact, AccountErased
from contracts.providers import ProviderRegistered, ProviderUpdated, ProviderVerified
from payments import usecases
from payments.usecases import PaymentsContext

SUBSCRIPTIONS: Final[tuple[Subscription[PaymentsContext], ...]] = (
    project(ProviderRegistered, ProviderVerified, ProviderUpdated, into=usecases.remember_providers),
    project(
        BookingCreated,
        BookingApproved,
        BookingConfirmed,
        BookingPaid,
        BookingCancelled,
        BookingRescheduled,
        BookingArrived,
        BookingCompleted,
        BookingNoShow,
        BookingExpired,
        BookingHoldMoved,
        into=usecases.remember_bookings,
    ),
    react(AccountContact, usecases.keep_contact),
    react(AccountErased, usecases.forget_contact),
    react(BookingHoldDue, usecases.close_payment),
    react(BookingRefundDue, usecases.ask_refund),
)
