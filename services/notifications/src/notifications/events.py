"""What notifications listens to."""

from typing import Final

from common.subscriptions import project, react
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
    BookingRefundDue,
    BookingRescheduled,
)
from contracts.credit import CreditGranted
from contracts.identity import AccountContact, AccountErased
from contracts.payments import (
    PaymentAtPlace,
    PaymentClosed,
    PaymentConfirmed,
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentDisputeWon,
    PaymentPending,
    PaymentRefunded,
    PayoutAccountChanged,
    PayoutFailed,
    PayoutSent,
    WithdrawalCode,
    WithdrawalConfirmed,
)
from contracts.providers import ProviderRegistered, ProviderUpdated, ProviderVerified, ServicePublished
from contracts.series import SeriesCancelled, SeriesConfirmed, SeriesRescheduled
from contracts.waitlist import WaitlistOffered
from notifications import usecases

SUBSCRIPTIONS: Final = (
    react(AccountContact, usecases.keep_contact),
    react(AccountErased, usecases.forget_account),
    project(ProviderRegistered, ProviderVerified, ProviderUpdated, into=usecases.keep_providers),
    project(ServicePublished, into=usecases.keep_services),
    project(BookingCreated, into=usecases.keep_new_bookings),
    project(
        BookingArrived,
        BookingHoldDue,
        BookingHoldMoved,
        BookingRefundDue,
        BookingCompleted,
        BookingNoShow,
        into=usecases.keep_bookings,
    ),
    react(BookingApproved, usecases.tell_approved),
    react(WaitlistOffered, usecases.tell_offered),
    react(BookingConfirmed, usecases.plan_confirmation),
    react(BookingRescheduled, usecases.follow_move),
    react(BookingCancelled, usecases.call_off),
    react(BookingExpired, usecases.call_off),
    react(SeriesConfirmed, usecases.tell_series),
    react(SeriesRescheduled, usecases.tell_series),
    react(SeriesCancelled, usecases.tell_series),
    react(PaymentPending, usecases.tell_how_to_pay),
    project(PaymentConfirmed, into=usecases.keep_paid),
    react(PaymentClosed, usecases.tell_ran_out),
    react(PaymentRefunded, usecases.tell_refund),
    react(PaymentAtPlace, usecases.tell_at_place),
    react(CreditGranted, usecases.tell_credit),
    react(PayoutSent, usecases.tell_payout_sent),
    react(PayoutFailed, usecases.tell_payout_failed),
    react(PayoutAccountChanged, usecases.tell_payout_account),
    react(PaymentDisputed, usecases.tell_dispute),
    react(PaymentDisputeWon, usecases.tell_dispute_end),
    react(PaymentDisputeLost, usecases.tell_dispute_end),
    react(WithdrawalCode, usecases.send_withdrawal_code),
    react(WithdrawalConfirmed, usecases.tell_withdrawal),
)
