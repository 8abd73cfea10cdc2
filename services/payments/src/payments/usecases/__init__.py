"""What payments can do, one verb each."""

from payments.usecases.apply import apply_snapshot, apply_snapshots
from payments.usecases.at_place import Handed, list_at_place, record_at_place, void_at_place
from payments.usecases.begin import begin_payment
from payments.usecases.books import Earnings, open_statement, read_earnings, read_trial_balance
from payments.usecases.cases import get_case, list_cases, retry_refund, settle_case
from payments.usecases.closing import close_due_payments, close_run_out_pages
from payments.usecases.comparing import find_missing_in_reports
from payments.usecases.contacts import forget_contact, keep_contact
from payments.usecases.context import Keeping, PaymentsContext, Receiver
from payments.usecases.crediting import pay_with_credit
from payments.usecases.credits import Credits, Gift, approve_credit, grant_credit, list_credits, reject_credit
from payments.usecases.disputes import get_dispute, list_disputes, list_disputes_of, look_at_disputes
from payments.usecases.documents import add_document, send_documents
from payments.usecases.earning import earn_what_is_over
from payments.usecases.forgetting import forget_withdrawals, shorten_bank_data
from payments.usecases.giving_back import approve_refund, give_back, list_refunds, reject_refund
from payments.usecases.keeping import forget_webhooks, replay_webhooks, replay_webhooks_of
from payments.usecases.lookup import LookedUp, UnclearSearch, look_up, wanted_by_reference
from payments.usecases.matching import match_transfers
from payments.usecases.methods import MethodOffer, list_installments, list_methods, list_methods_for
from payments.usecases.movements import account_for_movements, read_bank_movements
from payments.usecases.payables import close_payment, remember_bookings, remember_providers
from payments.usecases.paying import pay_directly
from payments.usecases.payout_accounts import check_payout_accounts, name_payout_account, read_payout_account
from payments.usecases.payout_batches import gather_payouts, send_batches
from payments.usecases.payout_reading import NextPayout, list_of_provider, list_payouts, read_batch_file
from payments.usecases.payouts import approve_payout, make_due_payouts, reject_payout, snapshot_payouts
from payments.usecases.polling import look_at_payments
from payments.usecases.posting import check_fingerprints
from payments.usecases.reading import get_payment, list_of_booking
from payments.usecases.reconcile import MOST_DAYS, Reconciled, find_today, reconcile
from payments.usecases.refunds import ask_refund, make_due_refunds
from payments.usecases.reports import import_reports
from payments.usecases.searching import search_changes
from payments.usecases.transfer_desk import SeenTransfer, list_transfers, match_transfer, transfer_refund
from payments.usecases.transfers import begin_transfer
from payments.usecases.upkeep import check_ledger, forget_hints, measure, snapshot_intents
from payments.usecases.webhooks import keep_hint, keep_webhook, look_into_webhooks
from payments.usecases.withdrawing import ask_withdrawal, confirm_withdrawal, get_withdrawal, settle_withdrawals

__all__ = [
    "MOST_DAYS",
    "Credits",
    "Earnings",
    "Gift",
    "Handed",
    "Keeping",
    "LookedUp",
    "MethodOffer",
    "NextPayout",
    "PaymentsContext",
    "Receiver",
    "Reconciled",
    "SeenTransfer",
    "UnclearSearch",
    "account_for_movements",
    "add_document",
    "apply_snapshot",
    "apply_snapshots",
    "approve_credit",
    "approve_payout",
    "approve_refund",
    "ask_refund",
    "ask_withdrawal",
    "begin_payment",
    "begin_transfer",
    "check_fingerprints",
    "check_ledger",
    "check_payout_accounts",
    "close_due_payments",
    "close_payment",
    "close_run_out_pages",
    "confirm_withdrawal",
    "earn_what_is_over",
    "find_missing_in_reports",
    "find_today",
    "forget_contact",
    "forget_hints",
    "forget_webhooks",
    "forget_withdrawals",
    "gather_payouts",
    "get_case",
    "get_dispute",
    "get_payment",
    "get_withdrawal",
    "give_back",
    "grant_credit",
    "import_reports",
    "keep_contact",
    "keep_hint",
    "keep_webhook",
    "list_at_place",
    "list_cases",
    "list_credits",
    "list_disputes",
    "list_disputes_of",
    "list_installments",
    "list_methods",
    "list_methods_for",
    "list_of_booking",
    "list_of_provider",
    "list_payouts",
    "list_refunds",
    "list_transfers",
    "look_at_disputes",
    "look_at_payments",
    "look_into_webhooks",
    "look_up",
    "make_due_payouts",
    "make_due_refunds",
    "match_transfer",
    "match_transfers",
    "measure",
    "name_payout_account",
    "open_statement",
    "pay_directly",
    "pay_with_credit",
    "read_bank_movements",
    "read_batch_file",
    "read_earnings",
    "read_payout_account",
    "read_trial_balance",
    "reconcile",
    "record_at_place",
    "reject_credit",
    "reject_payout",
    "reject_refund",
    "remember_bookings",
    "remember_providers",
    "replay_webhooks",
    "replay_webhooks_of",
    "retry_refund",
    "search_changes",
    "send_batches",
    "send_documents",
    "settle_case",
    "settle_withdrawals",
    "shorten_bank_data",
    "snapshot_intents",
    "snapshot_payouts",
    "transfer_refund",
    "void_at_place",
    "wanted_by_reference",
]
