"""What payments can do, one verb each."""

from payments.usecases.apply import apply_snapshot, apply_snapshots
from payments.usecases.begin import begin_payment
from payments.usecases.books import Earnings, open_statement, read_earnings, read_trial_balance
from payments.usecases.closing import close_due_payments
from payments.usecases.contacts import forget_contact, keep_contact
from payments.usecases.context import PaymentsContext
from payments.usecases.earning import earn_what_is_over
from payments.usecases.giving_back import approve_refund, give_back, list_refunds, reject_refund
from payments.usecases.payables import close_payment, remember_bookings, remember_providers
from payments.usecases.polling import look_at_payments
from payments.usecases.posting import check_fingerprints
from payments.usecases.reading import get_payment, list_of_booking
from payments.usecases.refunds import ask_refund, make_due_refunds
from payments.usecases.upkeep import check_ledger, forget_hints, measure, snapshot_intents
from payments.usecases.webhooks import keep_hint, keep_webhook, look_into_webhooks
from payments.usecases.withdrawing import ask_withdrawal, confirm_withdrawal, get_withdrawal, settle_withdrawals

__all__ = [
    "Earnings",
    "PaymentsContext",
    "apply_snapshot",
    "apply_snapshots",
    "approve_refund",
    "ask_refund",
    "ask_withdrawal",
    "begin_payment",
    "check_fingerprints",
    "check_ledger",
    "close_due_payments",
    "close_payment",
    "confirm_withdrawal",
    "earn_what_is_over",
    "forget_contact",
    "forget_hints",
    "get_payment",
    "get_withdrawal",
    "give_back",
    "keep_contact",
    "keep_hint",
    "keep_webhook",
    "list_of_booking",
    "list_refunds",
    "look_at_payments",
    "look_into_webhooks",
    "make_due_refunds",
    "measure",
    "open_statement",
    "read_earnings",
    "read_trial_balance",
    "reject_refund",
    "remember_bookings",
    "remember_providers",
    "settle_withdrawals",
    "snapshot_intents",
]
