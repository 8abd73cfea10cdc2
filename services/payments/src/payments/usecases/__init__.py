"""What payments can do, one verb each."""

from payments.usecases.apply import apply_snapshot, apply_snapshots
from payments.usecases.begin import begin_payment
from payments.usecases.books import Earnings, open_statement, read_earnings, read_trial_balance
from payments.usecases.closing import close_due_payments
from payments.usecases.context import PaymentsContext
from payments.usecases.earning import earn_what_is_over
from payments.usecases.movements import account_for_movements, read_bank_movements
from payments.usecases.payables import close_payment, remember_bookings, remember_providers
from payments.usecases.payout_accounts import check_payout_accounts, name_payout_account, read_payout_account
from payments.usecases.payout_batches import gather_payouts, send_batches
from payments.usecases.payout_reading import NextPayout, list_of_provider, list_payouts, read_batch_file
from payments.usecases.payouts import approve_payout, make_due_payouts, reject_payout, snapshot_payouts
from payments.usecases.polling import look_at_payments
from payments.usecases.posting import check_fingerprints
from payments.usecases.reading import get_payment, list_of_booking
from payments.usecases.refunds import ask_refund, make_due_refunds
from payments.usecases.upkeep import check_ledger, forget_hints, measure, snapshot_intents
from payments.usecases.webhooks import keep_hint, keep_webhook, look_into_webhooks

__all__ = [
    "Earnings",
    "NextPayout",
    "PaymentsContext",
    "account_for_movements",
    "apply_snapshot",
    "apply_snapshots",
    "approve_payout",
    "ask_refund",
    "begin_payment",
    "check_fingerprints",
    "check_ledger",
    "check_payout_accounts",
    "close_due_payments",
    "close_payment",
    "earn_what_is_over",
    "forget_hints",
    "gather_payouts",
    "get_payment",
    "keep_hint",
    "keep_webhook",
    "list_of_booking",
    "list_of_provider",
    "list_payouts",
    "look_at_payments",
    "look_into_webhooks",
    "make_due_payouts",
    "make_due_refunds",
    "measure",
    "name_payout_account",
    "open_statement",
    "read_bank_movements",
    "read_batch_file",
    "read_earnings",
    "read_payout_account",
    "read_trial_balance",
    "reject_payout",
    "remember_bookings",
    "remember_providers",
    "send_batches",
    "snapshot_intents",
    "snapshot_payouts",
]
