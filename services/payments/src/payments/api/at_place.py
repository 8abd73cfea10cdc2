"""What providers took themselves."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from common.app import context_of
from common.http import Body, Caller, InVertical, Key, Pesos, PlainNumber, once
from common.money import Money
from contracts.ids import BookingId
from payments import usecases
from payments.domain.at_place import AtPlace, AtPlaceId, AtPlaceMethod
from payments.usecases import Handed, PaymentsContext

router = APIRouter(tags=["payments"])
InContext = Annotated[PaymentsContext, Depends(context_of)]


class AtPlaceRequest(Body):
    """Money taken at the place for a booking; pesos, at most what is left of its price."""

    booking_id: UUID
    amount: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2), PlainNumber]
    method: AtPlaceMethod


class AtPlaceReply(Body):
    """One such payment; `voidedAt` says that it was a mistake."""

    id: AtPlaceId
    booking_id: BookingId
    amount: Pesos
    method: AtPlaceMethod
    recorded_at: datetime
    voided_at: datetime | None


class AtPlacePage(Body):
    """A booking's, oldest first; it has at most 20."""

    items: list[AtPlaceReply]


@router.post("/api/v1/payments/at-place", status_code=201)
async def create_at_place(
    body: AtPlaceRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> AtPlaceReply:
    """Record money that the client handed over at the place; for the provider's owner and operators."""
    handed = Handed(BookingId(body.booking_id), Money.from_units(body.amount), body.method)
    return _reply(await usecases.record_at_place(context, vertical.id, caller, handed, once(key, _reply)))


@router.get("/api/v1/payments/at-place")
async def list_at_place(
    booking_id: Annotated[UUID, Query(alias="bookingId")], caller: Caller, vertical: InVertical, context: InContext
) -> AtPlacePage:
    """What was taken at the place for a booking."""
    found = await usecases.list_at_place(context, vertical.id, caller, BookingId(booking_id))
    return AtPlacePage(items=[_reply(each) for each in found])


@router.post("/api/v1/payments/at-place/{at_place_id}/void")
async def void_at_place(
    at_place_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> AtPlaceReply:
    """It was a mistake: it counts no longer, and stays on record."""
    named = AtPlaceId(at_place_id)
    return _reply(await usecases.void_at_place(context, vertical.id, caller, named, once(key, _reply, 200)))


def _reply(taken: AtPlace) -> AtPlaceReply:
    return AtPlaceReply(
        id=taken.id,
        booking_id=taken.booking_id,
        amount=taken.amount.as_units(),
        method=taken.method,
        recorded_at=taken.recorded_at,
        voided_at=taken.voided_at,
    )
