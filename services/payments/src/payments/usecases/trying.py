"""What every job does with what it took up: side by side, and what fails is put off instead of lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from common.inbox import OUTAGES
from payments.clients import MercadoPagoError

log = structlog.get_logger()


async def side_by_side(tasks: Iterable[Awaitable[None]]) -> int:
    """Run them together and let every one end, then raise the first error; how many there were."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(results)


async def or_put_off(work: Awaitable[None], put_off: Callable[[str], Awaitable[None]], **what: str) -> None:
    """Do the work; when it fails, `put_off(why)`.

    Raises when our own database is away, when `put_off` fails too, and when it is cancelled. Nothing is lost then: what
    was taken up is due again once its lease runs out.
    """
    try:
        await work
    except OUTAGES:
        raise
    except MercadoPagoError as error:
        log.warning("mercadopago.again", reason=f"{type(error).__name__} {error}", **what)
        await put_off(f"{type(error).__name__} {error}")
    except Exception as error:
        # One payment that cannot be worked on must not stop the others.
        log.exception("job.item_failed", **what)
        await put_off(type(error).__name__)
