"""What falls due. Webhooks and hints are of the shared scope, the others of each vertical."""

from typing import Final

from common.service import Job
from payments import usecases
from payments.usecases import PaymentsContext

JOBS: Final[tuple[Job[PaymentsContext], ...]] = (
    Job("look_into_webhooks", 0.1, usecases.look_into_webhooks),
    Job("close_due_payments", 0.5, usecases.close_due_payments),
    Job("make_due_refunds", 0.5, usecases.make_due_refunds),
    Job("earn_what_is_over", 0.5, usecases.earn_what_is_over),
    Job("look_at_payments", 5.0, usecases.look_at_payments),
    Job("settle_withdrawals", 0.5, usecases.settle_withdrawals),
    Job("measure", 15.0, usecases.measure),
    Job("check_ledger", 3600.0, usecases.check_ledger),
    Job("check_fingerprints", 3600.0, usecases.check_fingerprints),
    Job("forget_hints", 60.0, usecases.forget_hints),
)
