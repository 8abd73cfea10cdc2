"""What falls due."""

from typing import Final

from common.service import Job
from providers import usecases

JOBS: Final = (Job("forget bookings", 60, usecases.forget_bookings),)
