"""What client apps report of themselves: stored and told apart from facts, it moves no figure."""

from dataclasses import dataclass
from uuid import UUID

from analytics import store
from analytics.domain.activity import ActivityKind
from analytics.usecases.context import AnalyticsContext
from contracts.analytics import ClientActivity
from contracts.ids import AccountId, ProviderId, new_id


@dataclass(frozen=True, slots=True)
class Activity:
    """One report; a session that has no id yet is given one."""

    kind: ActivityKind
    name: str
    session_id: UUID | None
    provider_id: ProviderId | None
    account_id: AccountId | None


async def report_activity(context: AnalyticsContext, vertical: str, activity: Activity) -> ClientActivity:
    """Store it and publish `client.activity`; Busy when too many are at it at once."""
    with context.activity_gate.passed():
        async with context.uow.begin(vertical) as work:
            fact = ClientActivity(
                version=1,
                activity_id=new_id(),
                session_id=activity.session_id or new_id(),
                account_id=activity.account_id,
                provider_id=activity.provider_id,
                kind=activity.kind,
                name=activity.name,
                at=await work.now(),
            )
            await store.insert_activity(work, fact)
            await work.publish(fact)
    return fact
