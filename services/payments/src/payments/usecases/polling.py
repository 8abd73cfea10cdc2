"""The poller: a payment whose webhook never comes is found all the same."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.settings import SHARED
from common.telemetry import span
from payments import store
from payments.domain.intent import Intent
from payments.domain.reference import Reference
from payments.usecases.apply import apply_snapshots
from payments.usecases.context import PaymentsContext
from payments.usecases.trying import or_put_off, side_by_side

_BATCH: Final = 8
_FIRST: Final = timedelta(seconds=60)
_LONGEST: Final = timedelta(minutes=15)


async def look_at_payments(context: PaymentsContext, scope: str) -> int:
    """Ask MercadoPago about open payments nobody told us of for a while."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        due: Sequence[Intent] = await store.claim_looks(work, _BATCH, _FIRST, _LONGEST)
    return await side_by_side(
        or_put_off(_look(context, scope, each), _next_time, payment_id=str(each.id)) for each in due
    )


async def _look(context: PaymentsContext, scope: str, intent: Intent) -> None:
    with span("payment looked at", traceparent=intent.traceparent):
        seen = await context.mercadopago.find_payments(str(Reference(scope, intent.id)))
        await apply_snapshots(context.uow, scope, seen)


async def _next_time(_why: str) -> None:
    """The next look is set already."""
