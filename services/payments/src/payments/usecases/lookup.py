"""Operator search: everything about one payment or booking in one reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from common.auth import Principal
from common.db import Session
from common.errors import NotFound, Refusal
from common.settings import SHARED
from payments import store
from payments.domain.attempt import Attempt
from payments.domain.charge import Charge, ChargeId
from payments.domain.intent import Intent
from payments.domain.reference import parse_reference
from payments.domain.refund import Refund
from payments.domain.transfer import codes_in
from payments.store import BookedEntry, KnownCase, Received, Wanted
from payments.usecases import audited
from payments.usecases.context import PaymentsContext

MOST_INTENTS: Final = 20
MOST_REFUNDS: Final = 100
MOST_ENTRIES: Final = 200
MOST_CASES: Final = 50
MOST_NOTIFICATIONS: Final = 100


class UnclearSearch(Refusal):
    """Exactly one of bookingId, paymentId, chargeId, refundId and reference is needed."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """All there is, up to the bounds; `cut` when there may be more."""

    intents: Sequence[Intent]
    attempts: Sequence[Attempt]
    charges: Sequence[Charge]
    refunds: Sequence[Refund]
    entries: Sequence[BookedEntry]
    cases: Sequence[KnownCase]
    notifications: Sequence[Received]

    @property
    def cut(self) -> bool:
        """Whether a list is as long as it may be."""
        return (
            len(self.intents) == MOST_INTENTS
            or len(self.refunds) == MOST_REFUNDS
            or len(self.entries) == MOST_ENTRIES
            or len(self.cases) == MOST_CASES
            or len(self.notifications) == MOST_NOTIFICATIONS
        )


def wanted_by_reference(vertical: str, text: str) -> Wanted:
    """What MercadoPago's `external_reference` or a transfer's names. NotFound where it is none of this vertical's."""
    reference = parse_reference(text)
    if reference is None and (codes := codes_in(text)):
        return Wanted(transfer_code=codes[0])
    if reference is None or reference.vertical != vertical:
        raise NotFound
    return Wanted(payment_id=reference.intent_id)


async def look_up(context: PaymentsContext, vertical: str, caller: Principal, wanted: Wanted) -> LookedUp:
    """Everything about it, put on record as a read of others' payments. Forbidden, NotFound."""
    caller.must_be(vertical, "operator")
    async with context.uow.read(vertical) as session:
        found = await _collect(session, wanted)
    notifications = await _notifications(context, caller, wanted, found.charges)
    if not (found.intents or found.cases or notifications):
        raise NotFound
    await _put_on_record(context, vertical, caller, wanted, found)
    return LookedUp(
        found.intents, found.attempts, found.charges, found.refunds, found.entries, found.cases, notifications
    )


async def _collect(session: Session, wanted: Wanted) -> LookedUp:
    ids = await store.find_intent_ids(session, wanted, MOST_INTENTS)
    intents = [intent for each in ids if (intent := await store.find_intent(session, each)) is not None]
    attempts = [attempt for each in ids for attempt in await store.find_attempts(session, each)]
    charges = [charge for each in ids for charge in await store.find_charges(session, each)]
    refund_ids = await store.find_refund_ids(session, ids, MOST_REFUNDS)
    refunds = [refund for each in refund_ids if (refund := await store.find_refund(session, each)) is not None]
    subjects = [str(each) for each in (*_keys(wanted), *(one.id for one in charges), *refund_ids)]
    cases = await store.find_cases_about(session, subjects, ids, MOST_CASES)
    entries = await store.find_entries(session, ids, MOST_ENTRIES)
    return LookedUp(intents, attempts, charges, refunds, entries, cases, ())


async def _notifications(
    context: PaymentsContext, caller: Principal, wanted: Wanted, charges: Sequence[Charge]
) -> Sequence[Received]:
    """Of this vertical's payments, and of what is nobody's: whose it is, only operators of all verticals may see."""
    ids: list[ChargeId] = [each.id for each in charges]
    foreign = not charges and wanted.charge_id is not None
    if wanted.charge_id is not None and foreign:
        ids = [wanted.charge_id]
    async with context.uow.read(SHARED) as session:
        found = await store.find_notifications(session, ids, MOST_NOTIFICATIONS)
    return [each for each in found if not foreign or each.is_orphan or caller.has("operator", SHARED)]


async def _put_on_record(
    context: PaymentsContext, vertical: str, caller: Principal, wanted: Wanted, found: LookedUp
) -> None:
    """One entry for each payment shown, so that a client's own log of who looked is whole."""
    what = next(name for name in Wanted.__slots__ if getattr(wanted, name) is not None)
    subjects: list[UUID | None] = [intent.id for intent in found.intents] or [None]
    async with context.uow.begin(vertical) as work:
        work.audit(*(audited.looked_up(what, each, caller) for each in subjects))


def _keys(wanted: Wanted) -> list[object]:
    return [value for name in Wanted.__slots__ if (value := getattr(wanted, name)) is not None]
