"""Group sessions: opened and called off by providers, found by everybody."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from booking import usecases
from booking.api.fields import InContext
from booking.domain.price import cost_on
from booking.domain.session import SessionStatus
from booking.store import Listed
from booking.usecases import Days, OpenSession
from common.http import Body, Caller, Day, Instant, InVertical, Key, Pesos, Whole, misfit, once
from contracts.ids import PlaceId, ProviderId, ServiceId, SessionId, StaffId

router: Final = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])
_MOST_SEATS: Final = 500
_LONGEST_DECISION: Final = 14 * 24


class SessionRequest(Body):
    """`decideHours` before the start it is called off when fewer than `minimum` seats are confirmed."""

    service_id: ServiceId
    starts_at: Instant
    staff_id: StaffId
    place_id: PlaceId
    seats: Whole = Field(ge=1, le=_MOST_SEATS)
    minimum: Whole = Field(ge=1, le=_MOST_SEATS)
    decide_hours: Whole = Field(default=24, ge=1, le=_LONGEST_DECISION)

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.minimum > self.seats:
            raise misfit("more_than_seats", "minimum", "seats")
        return self


class CancelSessionRequest(Body):
    """Of why only this much is anybody's business."""

    reason: Literal["closed", "away", "emergency"] = "closed"


_CLOSED: Final = CancelSessionRequest()


class SessionReply(Body):
    """A session as everybody sees it; the prices are of its local day, `dueNow` has to be paid to confirm a seat."""

    id: SessionId
    status: SessionStatus
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    seats: int
    seats_left: int
    minimum: int
    decide_at: datetime
    price: Pesos
    price_without_national_taxes: Pesos
    due_now: Pesos
    currency: str
    reason: str | None


class SessionList(Body):
    """By their start: the first 200."""

    items: list[SessionReply]


@router.post("", status_code=201)
async def open_session(
    body: SessionRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> SessionReply:
    """By the provider's side; 409 `slot-taken` as of a booking."""
    terms = body.model_dump(exclude={"decide_hours"})
    wanted = OpenSession(**terms, decide=timedelta(hours=body.decide_hours))
    return _reply(await usecases.open_session(context, vertical, wanted, caller, once(key, _reply)))


@router.get("")
async def list_sessions(
    vertical: InVertical,
    context: InContext,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    provider_id: Annotated[ProviderId | None, Query(alias="providerId")] = None,
    service_id: Annotated[ServiceId | None, Query(alias="serviceId")] = None,
) -> SessionList:
    """Those open and still to come of a provider or of a service, over at most 62 local days."""
    found = await usecases.list_sessions(context, vertical, provider_id, service_id, Days(first, last))
    return SessionList(items=[_reply(one) for one in found])


@router.get("/{session_id}")
async def get_session(session_id: UUID, vertical: InVertical, context: InContext) -> SessionReply:
    """One, also when it was called off or is over."""
    return _reply(await usecases.get_session(context, vertical, SessionId(session_id)))


@router.post("/{session_id}/cancel")
async def cancel_session(
    session_id: UUID,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    body: CancelSessionRequest = _CLOSED,
) -> SessionReply:
    """Every seat is called off with all money back."""
    return _reply(await usecases.cancel_session(context, vertical, SessionId(session_id), body.reason, caller))


def _reply(listed: Listed) -> SessionReply:
    session, cost = listed.session, cost_on([listed.price], listed.session.local_date)
    alike = SessionReply.model_fields.keys() & set(session.__slots__)
    return SessionReply(
        **{name: getattr(session, name) for name in alike},
        seats_left=session.seats - listed.taken,
        price=cost.price.as_units(),
        price_without_national_taxes=cost.net.as_units(),
        due_now=cost.due_now.as_units(),
        currency=cost.price.currency,
    )
