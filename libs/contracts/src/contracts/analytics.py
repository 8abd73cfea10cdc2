"""What client apps report of themselves; it never moves a figure that is recounted from the source."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Fact
from contracts.ids import AccountId, ProviderId


class ClientActivity(Fact):
    """One session start, action or funnel step. `name` is from a closed list; no free text."""

    topic: ClassVar[str] = "client.activity"
    owner: ClassVar[str] = "analytics"

    activity_id: UUID
    session_id: UUID
    account_id: AccountId | None = None
    provider_id: ProviderId | None = None
    kind: str
    name: str
    at: datetime

    @property
    def subject(self) -> UUID:
        return self.activity_id


FACTS: Final[tuple[type[Fact], ...]] = (ClientActivity,)
