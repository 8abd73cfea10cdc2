"""What this service listens to."""

from typing import Final

from common.service import Context
from common.subscriptions import Subscription, project, react
from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingCreated,
    BookingExpired,
    BookingNoShow,
    BookingRescheduled,
)
from contracts.identity import AccountErased
from providers import usecases

SUBSCRIPTIONS: Final[tuple[Subscription[Context], ...]] = (
    react(AccountErased, usecases.forget_account),
    project(
        BookingCreated,
        BookingConfirmed,
        BookingCancelled,
        BookingRescheduled,
        BookingCompleted,
        BookingNoShow,
        BookingExpired,
        into=usecases.remember_bookings,
    ),
)
