"""The waitlist: joined, seen and left."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from booking import usecases
from booking.api.fields import MOST_SERVICES, InContext, Visit
from booking.api.links import link_of
from booking.domain.span import Span
from booking.domain.waiting import Wait, WaitStatus
from booking.usecases import BookingContext, Join
from common.http import Body, Caller, Instant, InVertical, Key, once
from common.paging import Cursor, Limit, next_cursor
from common.verticals import Vertical
from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId, StaffId, WaitlistId

router: Final = APIRouter(prefix="/api/v1/waitlist", tags=["waitlist"])


class WaitRequest(Body):
    """A service, or several of one provider for a visit, that lies within a window; staff and place may be left open.

    `from` and `to` are RFC 3339 instants with offset, at most 62 days apart and within the provider's horizon.
    """

    service_id: ServiceId | None = None
    service_ids: Visit = Field(default_factory=list, max_length=MOST_SERVICES)
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None
    begins: Instant = Field(alias="from")
    ends: Instant = Field(alias="to")

    @model_validator(mode="after")
    def _of_one_kind(self) -> "WaitRequest":
        if (self.service_id is None) != bool(self.service_ids):
            raise PydanticCustomError("one_of", "serviceId or serviceIds, not both")
        if self.ends <= self.begins:
            raise PydanticCustomError("in_order", "from comes before to")
        return self

    def of(self, client_id: AccountId) -> Join:
        services = self.service_ids if self.service_id is None else [self.service_id]
        return Join(client_id, services, Span(self.begins, self.ends), self.staff_id, self.place_id)


class WaitReply(Body):
    """One place in line. While it is `offered`, `bookingId` is what is held for it until it is paid or accepted."""

    id: WaitlistId
    status: WaitStatus
    client_id: AccountId
    provider_id: ProviderId
    service_ids: list[ServiceId]
    staff_id: StaffId | None
    place_id: PlaceId | None
    begins: datetime = Field(alias="from")
    ends: datetime = Field(alias="to")
    booking_id: BookingId | None


class OwnWaitReply(WaitReply):
    """One's own, with the `link` that opens what is offered."""

    link: str | None


class WaitPage(Body):
    """The last who came first; `nextCursor` is null on the last page."""

    items: list[OwnWaitReply]
    next_cursor: str | None


@router.post("", status_code=201)
async def join_waitlist(
    body: WaitRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> WaitReply:
    """Wait for a slot: whoever waits longest is offered what comes free."""
    wait = await usecases.join_waitlist(context, vertical, body.of(caller.account_id), once(key, reply_of))
    return reply_of(wait)


@router.get("")
async def list_waitlist(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
    provider_id: Annotated[ProviderId | None, Query(alias="providerId")] = None,
) -> WaitPage:
    """The caller's own waits, or (with `providerId`) who waits at a provider, for its owner."""
    if provider_id is None:
        page = await usecases.list_waits(context, vertical, caller, cursor, limit)
    else:
        page = await usecases.list_provider_waits(context, vertical, caller, provider_id, cursor, limit)
    items = [_shown(wait, caller.account_id, vertical, context) for wait in page]
    return WaitPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


@router.delete("/{waitlist_id}")
async def leave_waitlist(waitlist_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> WaitReply:
    """Wait no more; what is offered is let go."""
    return reply_of(await usecases.leave_waitlist(context, vertical, WaitlistId(waitlist_id), caller))


def reply_of(wait: Wait) -> WaitReply:
    """As its client and the provider see it."""
    return WaitReply(**_fields_of(wait))


def _shown(wait: Wait, to: AccountId, vertical: Vertical, context: BookingContext) -> OwnWaitReply:
    """A link opens the booking for whoever has it: only its client is given one."""
    held = wait.offer_booking_id if wait.client_id == to else None
    link = link_of(held, vertical, context) if held is not None else None
    return OwnWaitReply(link=link, **_fields_of(wait))


def _fields_of(wait: Wait) -> dict[str, object]:
    names = ("id", "status", "client_id", "provider_id", "service_ids", "staff_id", "place_id")
    return {name: getattr(wait, name) for name in names} | {
        "begins": wait.wanted.start,
        "ends": wait.wanted.end,
        "booking_id": wait.offer_booking_id,
    }
