"""Notifications' verbs."""

from notifications.usecases.account import find_muted, list_notifications, mute
from notifications.usecases.approvals import follow_move, keep_new_bookings, tell_approved
from notifications.usecases.contacts import forget_account, keep_contact
from notifications.usecases.context import NotificationsContext
from notifications.usecases.credits import tell_credit
from notifications.usecases.delivery import deliver_email, deliver_whatsapp
from notifications.usecases.payments import keep_paid, tell_how_to_pay, tell_ran_out
from notifications.usecases.payouts import tell_payout_account, tell_payout_failed, tell_payout_sent
from notifications.usecases.planning import (
    call_off,
    plan_confirmation,
    tell_at_place,
    tell_dispute,
    tell_dispute_end,
    tell_refund,
)
from notifications.usecases.readmodels import keep_bookings, keep_providers, keep_services
from notifications.usecases.series import tell_series
from notifications.usecases.waitlist import tell_offered
from notifications.usecases.withdrawals import send_withdrawal_code, tell_withdrawal

__all__ = [
    "NotificationsContext",
    "call_off",
    "deliver_email",
    "deliver_whatsapp",
    "find_muted",
    "follow_move",
    "forget_account",
    "keep_bookings",
    "keep_contact",
    "keep_new_bookings",
    "keep_paid",
    "keep_providers",
    "keep_services",
    "list_notifications",
    "mute",
    "plan_confirmation",
    "send_withdrawal_code",
    "tell_approved",
    "tell_at_place",
    "tell_credit",
    "tell_dispute",
    "tell_dispute_end",
    "tell_how_to_pay",
    "tell_offered",
    "tell_payout_account",
    "tell_payout_failed",
    "tell_payout_sent",
    "tell_ran_out",
    "tell_refund",
    "tell_series",
    "tell_withdrawal",
]
