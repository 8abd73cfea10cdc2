"""What a dashboard asks of the database, what is not kept, and the current state for a new reader."""

from collections.abc import Sequence
from uuid import UUID

from common.service import first_id
from common.settings import SHARED
from common.uow import Work
from contracts.payments import PaymentFact
from payments import store
from payments.domain.intent import Intent, IntentStatus
from payments.metrics import CASES_OPEN, LEDGER_IMBALANCE, PAYOUTS_WAITING, PROVIDER, WEBHOOKS_WAITING, measuring
from payments.store import payouts
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell_refund, tell_state

_GIVEN_BACK = frozenset({IntentStatus.REFUNDED, IntentStatus.PARTIALLY_REFUNDED})
_UNFINISHED = ("dead", "orphan")
_ENTRIES = 10_000
_HINTS = 1_000


async def measure(context: PaymentsContext, scope: str) -> int:
    """Set the gauges; never more than one round. The ledger's is of the last day only, so that it stays quick."""
    cases = CASES_OPEN.labels(scope)
    with measuring(scope, cases):
        async with context.uow.read(scope) as session:
            cases.set(await store.count_cases(session))
    await _measure_day(context, scope)
    await (_measure_webhooks(context) if scope == SHARED else _measure_payouts(context, scope))
    return 0


async def _measure_webhooks(context: PaymentsContext) -> None:
    waiting = {state: WEBHOOKS_WAITING.labels(PROVIDER, state) for state in _UNFINISHED}
    with measuring(SHARED, *waiting.values()):
        async with context.uow.read(SHARED) as session:
            counts = await store.count_unfinished(session)
        for state, gauge in waiting.items():
            gauge.set(counts.get(state, 0))


async def _measure_payouts(context: PaymentsContext, scope: str) -> None:
    gauge = PAYOUTS_WAITING.labels(scope)
    with measuring(scope, gauge):
        async with context.uow.read(scope) as session:
            gauge.set(await payouts.count_waiting(session))


async def _measure_day(context: PaymentsContext, scope: str) -> None:
    gauge = LEDGER_IMBALANCE.labels(scope, "day")
    with measuring(scope, gauge):
        async with context.uow.read(scope) as session:
            gauge.set(await store.find_imbalance(session))


async def check_ledger(context: PaymentsContext, scope: str) -> int:
    """The whole ledger, in pages: however long it grows, no statement of it is too slow."""
    gauge = LEDGER_IMBALANCE.labels(scope, "all")
    off, after = 0, first_id()
    with measuring(scope, gauge):
        while True:
            async with context.uow.read(scope) as session:
                last, missed = await store.page_imbalance(session, after, _ENTRIES)
            if last is None:
                break
            off, after = off + missed, last
        gauge.set(off)
    return 0


async def forget_hints(context: PaymentsContext, scope: str) -> int:
    """Delete what is left of hints that have ended; how many. What MercadoPago signed is kept."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        return await store.forget_hints(work, _HINTS)


async def snapshot_intents(work: Work, after: UUID) -> Sequence[PaymentFact]:
    """The next page of intents as facts, one each."""
    return [await _state(work, intent) for intent in await store.page_intents(work, after)]


async def _state(work: Work, intent: Intent) -> PaymentFact:
    refund = await store.find_last_refund(work, intent.id) if intent.status in _GIVEN_BACK else None
    return tell_refund(intent, refund) if refund is not None else tell_state(intent)
