"""What an account sees and decides: its delivery log, and on which channels it wants reminders."""

from collections.abc import Sequence
from uuid import UUID

from contracts.ids import AccountId
from notifications import store
from notifications.domain.notification import Channel
from notifications.usecases.context import NotificationsContext


async def list_notifications(
    context: NotificationsContext, vertical: str, account_id: AccountId, before: UUID, most: int
) -> Sequence[store.Logged]:
    """The account's own messages, newest first, with ids below `before`."""
    async with context.uow.read(vertical) as session:
        return await store.page_of_account(session, account_id, before, most)


async def find_muted(context: NotificationsContext, vertical: str, account_id: AccountId) -> frozenset[Channel]:
    """Channels on which the account wants no reminders."""
    async with context.uow.read(vertical) as session:
        return await store.find_muted(session, account_id)


async def mute(
    context: NotificationsContext, vertical: str, account_id: AccountId, muted: frozenset[Channel]
) -> frozenset[Channel]:
    """Replace them. It counts when a reminder is sent, so it holds for those already planned."""
    async with context.uow.begin(vertical) as work:
        await store.upsert_preference(work, account_id, muted)
        return await work.finish(muted)
