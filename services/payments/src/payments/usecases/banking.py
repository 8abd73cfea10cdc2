"""What every job at the bank does with what it took up: what fails is put off instead of lost."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from common.inbox import OUTAGES
from payments.clients import BankError, BankNotAcceptedError

log = structlog.get_logger()
Again = Callable[[str, timedelta], Awaitable[None]]
"""Put it off, because of this, for at least so long."""


async def or_again(work: Awaitable[None], again: Again, **what: str) -> None:
    """Do the work; when it fails, `again(why, at least)`.

    Raises when our own database is away and when `again` fails too: what was taken up is due again after its lease.
    """
    try:
        await work
    except OUTAGES:
        raise
    except BankError as error:
        why = f"{type(error).__name__} {error}"
        log.warning("bank.again", reason=why, **what)
        wait = error.retry_after if isinstance(error, BankNotAcceptedError) else 0
        await again(why, timedelta(seconds=wait))
    except Exception as error:
        # One that cannot be worked on must not stop the others.
        log.exception("job.item_failed", **what)
        await again(type(error).__name__, timedelta(0))
