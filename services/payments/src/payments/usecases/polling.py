"""The poller: what happened to a payment is found though its webhook never comes, while it is open and after."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from common.settings import SHARED
from common.telemetry import span
from payments import store
from payments.domain.backoff import spread
from payments.domain.charge import UNDECIDED
from payments.domain.intent import Intent
from payments.domain.reference import Reference
from payments.usecases.apply import apply_snapshots
from payments.usecases.context import PaymentsContext
from payments.usecases.trying import or_put_off, side_by_side

_BATCH: Final = 8
_FIRST: Final = timedelta(seconds=60)
_LONGEST: Final = timedelta(minutes=15)
_LAST: Final = (timedelta(days=1), timedelta(days=7))
"""After the look an hour past the end: then nobody looks any more."""


async def look_at_payments(context: PaymentsContext, scope: str) -> int:
    """Ask MercadoPago about payments nobody told us of for a while: open ones for good, others a few times more."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        due: Sequence[Intent] = await store.claim_looks(work, _BATCH, _FIRST, _LONGEST, _LAST)
    return await side_by_side(
        or_put_off(_look(context, scope, each), partial(_again, context, scope, each), payment_id=str(each.id))
        for each in due
    )


async def _look(context: PaymentsContext, scope: str, intent: Intent) -> None:
    with span("payment looked at", traceparent=intent.traceparent):
        seen = await context.mercadopago.find_payments(str(Reference(scope, intent.id)))
        await apply_snapshots(context.uow, scope, seen)
        if not intent.is_open and any(found.status in UNDECIDED for found in seen):
            # It could still become money that nobody wants any more.
            async with context.uow.begin(scope) as work:
                await store.close_soon(work, intent.id, "paid")


async def _again(context: PaymentsContext, scope: str, intent: Intent, _why: str, at_least: timedelta) -> None:
    """The next look is set already, but may be days away or be none at all."""
    async with context.uow.begin(scope) as work:
        waits = (spread(max(_LONGEST, at_least), intent.id), spread(at_least, intent.id))
        await store.look_again(work, intent.id, *waits)
