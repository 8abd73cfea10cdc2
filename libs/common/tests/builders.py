"""Facts for the tests of the road."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.analytics import ClientActivity
from contracts.ids import new_id


def activity(subject: UUID | None = None, version: int = 1) -> ClientActivity:
    """One client action; a fixed subject makes several events of one aggregate."""
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    return ClientActivity(
        version=version, activity_id=subject or new_id(), session_id=new_id(), kind="action", name="open", at=at
    )
