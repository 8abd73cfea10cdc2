"""What falls due: messages, each channel apart so that a slow one holds up no other."""

from typing import Final

from common.service import Job
from notifications import usecases

JOBS: Final = (
    Job("deliver_whatsapp", 0.25, usecases.deliver_whatsapp),
    Job("deliver_email", 0.25, usecases.deliver_email),
)
