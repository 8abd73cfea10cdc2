"""HTTP in: an account's own delivery log and its preferences."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.app import context_of
from common.errors import RefusalTable
from common.http import Body, Caller, InVertical
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import BookingId, NotificationId
from notifications import usecases
from notifications.domain.notification import Channel, Notification, Status, Template
from notifications.usecases import NotificationsContext

router = APIRouter(prefix="/api/v1", tags=["notifications"])
REFUSALS: Final[RefusalTable] = {}
MyContext = Annotated[NotificationsContext, Depends(context_of)]


class NotificationItem(Body):
    """One message: when it is due and what became of it. The text is stored nowhere."""

    id: NotificationId
    booking_id: BookingId | None
    template: Template
    channel: Channel
    status: Status
    reason: str | None
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, message: Notification, created_at: datetime) -> "NotificationItem":
        return cls(
            id=message.id,
            booking_id=message.booking_id,
            template=message.template,
            channel=message.channel,
            status=message.status,
            reason=message.reason,
            created_at=created_at,
            due_at=message.due_at,
            sent_at=message.sent_at,
        )


class NotificationPage(Body):
    """Newest first. `nextCursor` is null on the last page."""

    items: list[NotificationItem]
    next_cursor: str | None


class Reminders(Body):
    """Whether reminders go by each channel. Confirmations, notices and one-time codes always go."""

    whatsapp: bool
    email: bool


class Preferences(Body):
    """What an account decides about its messages in this vertical."""

    reminders: Reminders

    @classmethod
    def of(cls, muted: frozenset[Channel]) -> "Preferences":
        return cls(reminders=Reminders(whatsapp=Channel.WHATSAPP not in muted, email=Channel.EMAIL not in muted))

    def muted(self) -> frozenset[Channel]:
        wanted = {Channel.WHATSAPP: self.reminders.whatsapp, Channel.EMAIL: self.reminders.email}
        return frozenset(channel for channel, on in wanted.items() if not on)


@router.get("/notifications")
async def list_notifications(
    caller: Caller,
    vertical: InVertical,
    context: MyContext,
    cursor: Cursor,
    limit: Limit = 20,
) -> NotificationPage:
    """The caller's own delivery log in this vertical."""
    found = await usecases.list_notifications(context, vertical.id, caller.account_id, cursor, limit)
    items = [NotificationItem.of(each.notification, each.created_at) for each in found]
    return NotificationPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


@router.get("/notification-preferences")
async def get_preferences(caller: Caller, vertical: InVertical, context: MyContext) -> Preferences:
    """On which channels the caller wants reminders; on all unless it was changed."""
    return Preferences.of(await usecases.find_muted(context, vertical.id, caller.account_id))


@router.put("/notification-preferences")
async def put_preferences(body: Preferences, caller: Caller, vertical: InVertical, context: MyContext) -> Preferences:
    """Replace them; reminders already planned obey as well."""
    return Preferences.of(await usecases.mute(context, vertical.id, caller.account_id, body.muted()))
