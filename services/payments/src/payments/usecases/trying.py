"""What every job does with what it took up: side by side, and what fails is put off instead of lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Final

import structlog

from common.inbox import OUTAGES
from payments.clients import BankError, MercadoPagoError

log = structlog.get_logger()
_LONGEST_WISH: Final = 3600
"""Seconds: whoever asks us to wait longer is asked again all the same."""
PutOff = Callable[[str, timedelta], Awaitable[None]]
"""Have it come again, because of this, after at least so long."""


async def side_by_side(tasks: Iterable[Awaitable[None]]) -> int:
    """Run them together and let every one end, then raise the first error; how many there were."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(results)


async def or_put_off(work: Awaitable[None], put_off: PutOff, **what: str) -> None:
    """Do the work; when it fails, `put_off(why, at least)`: how long MercadoPago asked us to wait.

    Raises when our own database is away, when `put_off` fails too, and when it is cancelled. Nothing is lost then: what
    was taken up is due again once its lease runs out.
    """
    try:
        await work
    except OUTAGES:
        raise
    except (MercadoPagoError, BankError) as error:
        why = f"{type(error).__name__} {error}"
        log.warning("bank.again" if isinstance(error, BankError) else "mercadopago.again", reason=why, **what)
        await put_off(why, _asked_wait(error))
    except Exception as error:
        # One that cannot be worked on must not stop the others.
        log.exception("job.item_failed", **what)
        await put_off(type(error).__name__, timedelta(0))


def _asked_wait(error: MercadoPagoError | BankError) -> timedelta:
    return timedelta(seconds=min(error.retry_after or 0, _LONGEST_WISH))
