"""Reconciliation cases, and the search for everything about a payment: for operators."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, PlainSerializer

from common.app import context_of
from common.http import Body, Caller, InVertical
from common.money import Money
from common.paging import After, Limit, next_cursor
from payments import usecases
from payments.domain.settling import SettlementOutcome
from payments.store import KnownCase
from payments.usecases import PaymentsContext

router = APIRouter(tags=["cases"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
Figure = Annotated[Decimal | None, PlainSerializer(lambda pesos: float(pesos) if pesos is not None else None)]
_MOST_NOTE = 1_000
_TEXT = r"^[^\x00]*[^\x00\s][^\x00]*$"
"""Something, which a database can keep."""


class CaseStatus(StrEnum):
    """Whether a person still has to look."""

    OPEN = "open"
    SETTLED = "settled"


class SettlementBody(Body):
    """How a case was settled and by whom."""

    outcome: SettlementOutcome
    note: str
    settled_by: UUID


class CaseBody(Body):
    """A difference. `ours` and `reported` are the figures that do not agree, in pesos; null where there is none."""

    id: UUID
    kind: str
    subject: str
    payment_id: UUID | None
    booking_id: UUID | None
    found: str
    times: int
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    ours: Figure
    reported: Figure
    currency: str | None
    settlement: SettlementBody | None

    @classmethod
    def of(cls, case: KnownCase) -> "CaseBody":
        names = ("id", "kind", "subject", "booking_id", "found", "times", "opened_at", "seen_at", "closed_at")
        figure, settled = case.ours or case.theirs, case.settlement
        return cls(
            **{name: getattr(case, name) for name in names},
            payment_id=case.intent_id,
            ours=_pesos(case.ours),
            reported=_pesos(case.theirs),
            currency=figure.currency if figure is not None else None,
            settlement=SettlementBody(outcome=settled.outcome, note=settled.note, settled_by=settled.settled_by)
            if settled is not None
            else None,
        )


class CasePage(Body):
    """Oldest first; `nextCursor` is null on the last page."""

    items: list[CaseBody]
    next_cursor: str | None


class SettlementRequest(Body):
    """What came of it. The note is for whoever asks later; it leaves the database in no event."""

    outcome: SettlementOutcome
    note: Annotated[str, Field(max_length=_MOST_NOTE, pattern=_TEXT)]


@router.get("/api/v1/payments/cases")
async def list_cases(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    after: After,
    status: CaseStatus = CaseStatus.OPEN,
    kind: Annotated[str | None, Query(pattern=r"^[0-9a-z_-]{1,60}$")] = None,
    shared: bool = False,
    limit: Limit = 50,
) -> CasePage:
    """Of this vertical; with `shared=true` those of none, such as payments of nobody, for all verticals' operators."""
    page = await usecases.list_cases(
        context,
        vertical.id,
        caller,
        is_open=status is CaseStatus.OPEN,
        kind=kind,
        shared=shared,
        after=after,
        most=limit,
    )
    return CasePage(
        items=[CaseBody.of(each) for each in page], next_cursor=next_cursor([one.id for one in page], limit)
    )


@router.get("/api/v1/payments/cases/{case_id}")
async def get_case(case_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> CaseBody:
    """One case."""
    return CaseBody.of(await usecases.get_case(context, vertical.id, caller, case_id))


@router.post("/api/v1/payments/cases/{case_id}/settle")
async def settle_case(
    case_id: UUID, body: SettlementRequest, caller: Caller, vertical: InVertical, context: InContext
) -> CaseBody:
    """Close a case. The same again changes nothing; found again later, it opens anew."""
    return CaseBody.of(await usecases.settle_case(context, vertical.id, caller, case_id, body.outcome, body.note))


@router.post("/api/v1/payments/cases/{case_id}/retry")
async def retry_refund(case_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> CaseBody:
    """Have the refund that the case is about made after all; the case stays open until it is settled."""
    return CaseBody.of(await usecases.retry_refund(context, vertical.id, caller, case_id))


def _pesos(amount: Money | None) -> Decimal | None:
    return amount.as_units() if amount is not None else None
