"""What falls due. Webhooks, the search, reports and the bank's movements are of the shared scope."""

from typing import Final

from common.service import Job
from payments import usecases
from payments.usecases import PaymentsContext

JOBS: Final[tuple[Job[PaymentsContext], ...]] = (
    Job("look_into_webhooks", 0.1, usecases.look_into_webhooks),
    Job("close_due_payments", 0.5, usecases.close_due_payments),
    Job("close_run_out_pages", 5.0, usecases.close_run_out_pages),
    Job("make_due_refunds", 0.5, usecases.make_due_refunds),
    Job("earn_what_is_over", 0.5, usecases.earn_what_is_over),
    Job("look_at_payments", 5.0, usecases.look_at_payments),
    Job("check_payout_accounts", 5.0, usecases.check_payout_accounts),
    Job("make_due_payouts", 5.0, usecases.make_due_payouts),
    Job("gather_payouts", 10.0, usecases.gather_payouts),
    Job("send_batches", 1.0, usecases.send_batches),
    Job("read_bank_movements", 15.0, usecases.read_bank_movements),
    Job("account_for_movements", 1.0, usecases.account_for_movements),
    Job("match_transfers", 1.0, usecases.match_transfers),
    Job("look_at_disputes", 15.0, usecases.look_at_disputes),
    Job("send_documents", 5.0, usecases.send_documents),
    Job("settle_withdrawals", 0.5, usecases.settle_withdrawals),
    Job("measure", 15.0, usecases.measure),
    Job("check_ledger", 3600.0, usecases.check_ledger),
    Job("check_fingerprints", 3600.0, usecases.check_fingerprints),
    Job("forget_hints", 60.0, usecases.forget_hints),
    Job("forget_webhooks", 600.0, usecases.forget_webhooks),
    Job("forget_withdrawals", 600.0, usecases.forget_withdrawals),
    Job("shorten_bank_data", 3600.0, usecases.shorten_bank_data),
    Job("search_changes", 30.0, usecases.search_changes),
    Job("import_reports", 60.0, usecases.import_reports),
    Job("find_missing_in_reports", 600.0, usecases.find_missing_in_reports),
)
