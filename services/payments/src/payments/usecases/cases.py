"""Cases as operators see and settle them. Those of no vertical are for operators of all verticals."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Principal
from common.errors import Forbidden, NotFound
from common.settings import SHARED
from common.uow import Work
from contracts.ids import RefundId
from payments import store
from payments.domain.refund import NotRetriable, Refund
from payments.domain.settling import CaseSettled, NothingToRetry, Settlement, SettlementOutcome
from payments.store import KnownCase
from payments.usecases import audited
from payments.usecases.context import PaymentsContext


async def list_cases(
    context: PaymentsContext,
    vertical: str,
    caller: Principal,
    *,
    is_open: bool,
    kind: str | None,
    shared: bool,
    after: UUID,
    most: int,
) -> Sequence[KnownCase]:
    """Cases of a vertical, or with `shared` of none, oldest first. Forbidden."""
    scope = SHARED if shared else vertical
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope) as work:
        work.audit(audited.cases_read(caller))
        return await store.page_cases(work, is_open=is_open, kind=kind, after=after, most=most)


async def get_case(context: PaymentsContext, vertical: str, caller: Principal, case_id: UUID) -> KnownCase:
    """One case. Forbidden, NotFound."""
    for scope in _seen_by(vertical, caller):
        async with context.uow.begin(scope) as work:
            if (case := await store.find_case(work, case_id)) is not None:
                work.audit(audited.case_read(case_id, caller))
                return case
    raise NotFound


async def settle_case(
    context: PaymentsContext, vertical: str, caller: Principal, case_id: UUID, outcome: SettlementOutcome, note: str
) -> KnownCase:
    """Close a case. The same again changes nothing; CaseSettled when it was settled otherwise. Forbidden, NotFound."""
    settlement = Settlement(outcome, note, caller.account_id)
    for scope in _seen_by(vertical, caller):
        async with context.uow.begin(scope) as work:
            refund = await _lock_given_up(work, case_id)
            case = await store.lock_case(work, case_id)
            if case is None:
                continue
            if case.settlement is not None and case.settlement.says(settlement):
                return case
            if case.closed_at is not None:
                raise CaseSettled
            await store.settle_case(work, case_id, settlement)
            work.audit(audited.case_settled(case, outcome, caller))
            if refund is not None:
                await store.save_refund(work, refund.abandoned(), problem="its case was settled")
            return await store.find_case(work, case_id) or case
    raise NotFound


async def _lock_given_up(work: Work, case_id: UUID) -> Refund | None:
    """The refund the case is about, when it was given up: once settled it is over, and what stays can be earned.

    The intent is locked before the case, as everywhere.
    """
    case = await store.find_case(work, case_id)
    if case is None or case.kind not in store.ABOUT_REFUNDS or case.intent_id is None:
        return None
    await store.lock_intent(work, case.intent_id)
    refund = await store.lock_refund(work, RefundId(UUID(case.subject)))
    return refund if refund is not None and refund.is_given_up else None


async def retry_refund(context: PaymentsContext, vertical: str, caller: Principal, case_id: UUID) -> KnownCase:
    """Have a refund made after all that was given up. NothingToRetry, NotRetriable, Forbidden, NotFound.

    One that is due or sent again already is left alone, so that asking twice is harmless.
    """
    caller.must_be(vertical, "operator")
    async with context.uow.begin(vertical) as work:
        case = await store.find_case(work, case_id)
        if case is None:
            raise NotFound
        if case.kind not in store.ABOUT_REFUNDS or case.intent_id is None:
            raise NothingToRetry
        await store.lock_intent(work, case.intent_id)
        refund = await store.lock_refund(work, RefundId(UUID(case.subject)))
        if refund is None:
            raise NotRetriable
        retried = refund.retried()
        if retried != refund:
            await store.retry_refund(work, retried)
            work.audit(audited.refund_retried(refund, caller))
        return case


def _seen_by(vertical: str, caller: Principal) -> list[str]:
    """The scopes whose cases the caller may see here, the vertical's first. Forbidden when there are none."""
    found = [scope for scope in (vertical, SHARED) if caller.has("operator", scope)]
    if not found:
        raise Forbidden
    return found
