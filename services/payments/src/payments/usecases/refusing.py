"""What a payer is told when MercadoPago took nothing on, or may have."""

from collections.abc import Awaitable, Sequence
from typing import Final

from payments.clients import BrokenDownError, MercadoPagoError, NotAcceptedError, RefusedError, UnansweredError
from payments.domain.attempt import Attempt
from payments.domain.payable import PaymentUnavailable
from payments.domain.switches import Method
from payments.usecases.context import PaymentsContext

_NOTHING_MADE: Final = " nothing-made"


class NothingMadeError(UnansweredError):
    """MercadoPago broke down over it, and right after knows of nothing that came of it."""


_TOOK_NOTHING: Final = (NotAcceptedError, RefusedError, NothingMadeError)


async def looked_after(
    error: BrokenDownError, attempt: Attempt, search: Awaitable[Sequence[object]]
) -> MercadoPagoError:
    """What the failure is after one search for what it may have made. An earlier try in doubt leaves it in doubt."""
    try:
        found = await search
    except MercadoPagoError:
        return error
    sure = attempt.tries == 1 or (attempt.problem or "").endswith(_NOTHING_MADE)
    return NothingMadeError(f"{error}{_NOTHING_MADE}", error.retry_after) if sure and not found else error


def unavailable(context: PaymentsContext, way: Method, error: MercadoPagoError) -> PaymentUnavailable:
    """Another way to pay is named only where MercadoPago provably took nothing on, lest money come twice."""
    took_nothing = isinstance(error, _TOOK_NOTHING)
    refusal = PaymentUnavailable(otherMethods=context.switches.others(way)) if took_nothing else PaymentUnavailable()
    if error.retry_after is not None:
        refusal.retry_after = error.retry_after
    return refusal
