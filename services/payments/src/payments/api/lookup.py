"""Operator search: everything about one payment or booking."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from common.app import context_of
from common.http import Body, Caller, InVertical
from contracts.ids import BookingId, PaymentId, RefundId
from payments import usecases
from payments.api.books import Signed
from payments.api.cases import CaseBody
from payments.api.payments import PaymentReply, reply_of
from payments.domain.attempt import Attempt
from payments.domain.charge import Charge, ChargeId
from payments.domain.refund import Refund
from payments.store import BookedEntry, Received, Wanted
from payments.usecases import LookedUp, PaymentsContext, Receiver, UnclearSearch

router = APIRouter(tags=["cases"])
InContext = Annotated[PaymentsContext, Depends(context_of)]


class AttemptBody(Body):
    """A request of ours to MercadoPago."""

    payment_id: UUID
    n: int
    status: str
    tries: int
    preference_id: str | None
    problem: str | None

    @classmethod
    def of(cls, one: Attempt) -> "AttemptBody":
        names = ("n", "status", "tries", "preference_id", "problem")
        return cls(payment_id=one.intent_id, **{name: getattr(one, name) for name in names})


class ChargeBody(Body):
    """A payment as MercadoPago last showed it. Amounts in pesos."""

    id: str
    payment_id: UUID
    status: str
    detail: str
    method: str | None
    updated_at: datetime
    captured: Signed
    refunded: Signed
    fee: Signed
    withheld: Signed
    lost: Signed
    released: bool
    surplus: bool

    @classmethod
    def of(cls, one: Charge) -> "ChargeBody":
        names = ("id", "status", "detail", "method", "updated_at", "released", "surplus")
        amounts = ("captured", "refunded", "fee", "withheld", "lost")
        return cls(
            payment_id=one.intent_id,
            **{name: getattr(one, name) for name in names},
            **{name: getattr(one, name).as_units() for name in amounts},
        )


class RefundBody(Body):
    """A refund; `foundId` is MercadoPago's id of it."""

    id: UUID
    payment_id: UUID
    charge_id: str | None
    amount: Signed
    origin: str
    reason: str
    status: str
    found_id: str | None
    tries: int
    refusals: int
    retries: int

    @classmethod
    def of(cls, one: Refund) -> "RefundBody":
        names = ("id", "charge_id", "origin", "reason", "status", "found_id", "tries", "refusals", "retries")
        return cls(
            payment_id=one.intent_id,
            amount=one.amount.as_units(),
            **{name: getattr(one, name) for name in names},
        )


class PostingBody(Body):
    """One line: + debit, - credit, in pesos."""

    account: str
    amount: Signed


class EntryBody(Body):
    """A ledger entry; its postings sum to zero."""

    id: UUID
    reference: str
    kind: str
    payment_id: UUID
    charge_id: str
    booked_at: datetime
    postings: list[PostingBody]

    @classmethod
    def of(cls, one: BookedEntry) -> "EntryBody":
        names = ("id", "reference", "kind", "payment_id", "charge_id", "booked_at")
        postings = [PostingBody(account=account, amount=amount.as_units()) for account, amount in one.postings]
        return cls(**{name: getattr(one, name) for name in names}, postings=postings)


class NotificationBody(Body):
    """A signed notification; its body is not shown."""

    id: UUID
    charge_id: str
    status: str
    deliveries: int
    tries: int
    received_at: datetime
    problem: str | None

    @classmethod
    def of(cls, one: Received) -> "NotificationBody":
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class LookedUpReply(Body):
    """Everything found; `cut` says that a list is at its bound and more may exist."""

    payments: list[PaymentReply]
    attempts: list[AttemptBody]
    charges: list[ChargeBody]
    refunds: list[RefundBody]
    entries: list[EntryBody]
    cases: list[CaseBody]
    notifications: list[NotificationBody]
    cut: bool

    @classmethod
    def of(cls, found: LookedUp, receiver: Receiver | None) -> "LookedUpReply":
        return cls(
            payments=[reply_of(each, receiver) for each in found.intents],
            attempts=[AttemptBody.of(each) for each in found.attempts],
            charges=[ChargeBody.of(each) for each in found.charges],
            refunds=[RefundBody.of(each) for each in found.refunds],
            entries=[EntryBody.of(each) for each in found.entries],
            cases=[CaseBody.of(each) for each in found.cases],
            notifications=[NotificationBody.of(each) for each in found.notifications],
            cut=found.cut,
        )


@router.get("/api/v1/payments/search")
async def look_up(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    booking_id: Annotated[UUID | None, Query(alias="bookingId")] = None,
    payment_id: Annotated[UUID | None, Query(alias="paymentId")] = None,
    charge_id: Annotated[str | None, Query(alias="chargeId", pattern=r"^[0-9A-Za-z:_.-]{1,100}$")] = None,
    refund_id: Annotated[UUID | None, Query(alias="refundId")] = None,
    reference: Annotated[str | None, Query(pattern=r"^[0-9A-Za-z:_.-]{1,200}$")] = None,
) -> LookedUpReply:
    """Everything about a payment, by exactly one. `reference`: MercadoPago's `external_reference`, or a transfer's."""
    caller.must_be(vertical.id, "operator")
    if sum(one is not None for one in (booking_id, payment_id, charge_id, refund_id, reference)) != 1:
        raise UnclearSearch
    if reference is not None:
        wanted = usecases.wanted_by_reference(vertical.id, reference)
    else:
        wanted = Wanted(
            payment_id=PaymentId(payment_id) if payment_id is not None else None,
            booking_id=BookingId(booking_id) if booking_id is not None else None,
            charge_id=ChargeId(charge_id) if charge_id is not None else None,
            refund_id=RefundId(refund_id) if refund_id is not None else None,
        )
    return LookedUpReply.of(await usecases.look_up(context, vertical.id, caller, wanted), context.receiver)
