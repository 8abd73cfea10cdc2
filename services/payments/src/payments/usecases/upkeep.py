"""What a dashboard asks of the database, and the current state for a new reader."""

from collections.abc import Sequence
from uuid import UUID

from common.settings import SHARED
from common.uow import Work
from contracts.payments import PaymentFact
from payments import store
from payments.domain.intent import Intent, IntentStatus
from payments.metrics import CASES_OPEN, LEDGER_IMBALANCE, PROVIDER, WEBHOOKS_WAITING
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell_refund, tell_state

_GIVEN_BACK = frozenset({IntentStatus.REFUNDED, IntentStatus.PARTIALLY_REFUNDED})
_UNFINISHED = ("dead", "orphan")


async def measure(context: PaymentsContext, scope: str) -> int:
    """Set the gauges; never more than one round."""
    async with context.uow.read(scope) as session:
        CASES_OPEN.labels(scope).set(await store.count_cases(session))
        if scope == SHARED:
            counts = await store.count_unfinished(session)
            for state in _UNFINISHED:
                WEBHOOKS_WAITING.labels(PROVIDER, state).set(counts.get(state, 0))
        else:
            LEDGER_IMBALANCE.labels(scope).set(await store.find_imbalance(session))
    return 0


async def snapshot_intents(work: Work, after: UUID) -> Sequence[PaymentFact]:
    """The next page of intents as facts, one each."""
    return [await _state(work, intent) for intent in await store.page_intents(work, after)]


async def _state(work: Work, intent: Intent) -> PaymentFact:
    refund = await store.find_last_refund(work, intent.id) if intent.status in _GIVEN_BACK else None
    return tell_refund(intent, refund.id, refund.amount) if refund is not None else tell_state(intent)
