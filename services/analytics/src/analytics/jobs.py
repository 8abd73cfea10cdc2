"""What falls due."""

from typing import Final

from analytics import usecases
from common.service import Job

JOBS: Final = (
    Job("forget feed", 60, usecases.forget_feed),
    Job("forget tickets", 60, usecases.forget_tickets),
    Job("forget activity", 600, usecases.forget_activity),
    Job("forget reports", 600, usecases.forget_reports),
)
