"""What falls due."""

from typing import Final

from common.service import Job
from identity import usecases

JOBS: Final = (
    Job("forget-codes", 30.0, usecases.forget_codes),
    Job("forget-sessions", 300.0, usecases.forget_sessions),
    Job("forget-attempts", 300.0, usecases.forget_attempts),
    Job("reseal-contacts", 60.0, usecases.reseal),
)
