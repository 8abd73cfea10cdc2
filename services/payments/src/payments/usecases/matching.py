"""Whose the money is that clients transferred: found by the reference in its text, and counted once.

What cannot be told is in suspense with a case until a person says what it is about; then it comes out again here.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from common.settings import SHARED
from common.uow import Work
from contracts.ids import PaymentId, RefundId
from payments import store
from payments.domain.backoff import delay
from payments.domain.bank import Movement, MovementKind
from payments.domain.bank import MovementStatus as Status
from payments.domain.intent import Intent
from payments.domain.judgement import Outcome
from payments.domain.ledger import EntryKind
from payments.domain.payout import moved_entry
from payments.domain.position import Account
from payments.domain.transfer import arrived, codes_in, explained_entry
from payments.store import Case, movements
from payments.store.matching import Matching
from payments.usecases.apply import apply_snapshot
from payments.usecases.context import PaymentsContext
from payments.usecases.posting import post_apart
from payments.usecases.returning import book_return
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
LEASE: Final = timedelta(seconds=60)
UNEXPLAINED: Final = {MovementKind.TRANSFER_IN: "transfer_unmatched"}
_OF_OTHERS: Final = "bank_movement_unexplained"
_BATCH: Final = 8
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=10)
_MANY_TRIES: Final = 60
_COUNTED: Final = frozenset({Outcome.APPLIED, Outcome.SAME, Outcome.STALE})
_Found = Sequence[tuple[str, Intent]]


async def match_transfers(context: PaymentsContext, scope: str) -> int:
    """Find out about what came in, and book what is decided."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        due = await store.matching.claim_matching(work, _BATCH, LEASE)
    return await side_by_side(
        or_put_off(_match(context, each), partial(_again, context, each), movement_id=each.movement.id) for each in due
    )


async def _match(context: PaymentsContext, due: Matching) -> None:
    movement = due.movement
    if due.status is Status.UNMATCHED:
        codes = codes_in(movement.reference)
        found = await _find(context, codes)
        if (problem := _problem(movement, codes, found)) is not None:
            await _suspend(context, movement.id, problem)
            return
        ((scope, intent),) = found
        await decide(context, movement.id, {Status.UNMATCHED}, scope, intent.id)
    await carry_out(context, movement.id)


async def _find(context: PaymentsContext, codes: Sequence[str]) -> _Found:
    """In every vertical: a reference names none."""
    found: list[tuple[str, Intent]] = []
    for scope in context.uow.scopes if codes else ():
        if scope == SHARED:
            continue
        async with context.uow.read(scope) as session:
            known = [await store.matching.find_by_code(session, code) for code in codes]
        found += [(scope, each) for each in known if each is not None]
    return found


def _problem(movement: Movement, codes: Sequence[str], found: _Found) -> str | None:
    """Why nobody but a person can say what it is about."""
    if not codes:
        return "no reference"
    if len(found) != 1:
        return "several payments" if found else "an unknown reference"
    ((scope, intent),) = found
    if movement.amount != intent.amount or movement.amount.minor <= 0:
        return f"{movement.amount}, not {intent.amount} as payment {intent.id} in {scope}"
    return None


async def decide(
    context: PaymentsContext, movement_id: str, may_be: set[Status], scope: str, about: UUID
) -> Matching | None:
    """Say for good what a movement is about, if nobody did; the movement as it is then."""
    async with context.uow.begin(SHARED) as work:
        known = await store.matching.lock_matching(work, movement_id)
        if known is None or known.status not in may_be:
            return known
        await store.matching.decide_matching(work, movement_id, scope, about, LEASE)
        return await store.matching.lock_matching(work, movement_id)


async def carry_out(context: PaymentsContext, movement_id: str) -> None:
    """Book what was decided: in the vertical first, which once done is done, then out of suspense."""
    async with context.uow.read(SHARED) as session:
        known = await store.matching.find_matching(session, movement_id)
    if known is None or known.status is not Status.MATCHING or known.vertical is None or known.matched_id is None:
        return
    async with context.uow.begin(known.vertical) as work:
        booked = await _book(work, known.movement, known.matched_id)
    await (_end(context, movement_id) if booked else _suspend(context, movement_id, "it does not fit any more"))


async def _book(work: Work, movement: Movement, about: UUID) -> bool:
    if movement.kind is not MovementKind.TRANSFER_IN:
        return await book_return(work, RefundId(about), movement)
    intent = await store.lock_intent(work, PaymentId(about))
    if intent is None:
        return False
    return await apply_snapshot(work, arrived(work.scope, intent, movement), await work.now()) in _COUNTED


async def _end(context: PaymentsContext, movement_id: str) -> None:
    async with context.uow.begin(SHARED) as work:
        known = await store.matching.lock_matching(work, movement_id)
        if known is None or known.status is not Status.MATCHING:
            return
        if await store.matching.is_booked(work, f"bank:{movement_id}"):
            await post_apart(work, None, explained_entry(known.movement))
        await store.close_case(work, case_of(known.movement), movement_id)
        await movements.end_movement(work, movement_id, Status.MATCHED)
    log.info("transfer.matched", movement_id=movement_id, vertical=known.vertical, about=str(known.matched_id))


async def _suspend(context: PaymentsContext, movement_id: str, why: str) -> None:
    """Nobody's until a person says whose; it stands in the shared ledger meanwhile."""
    async with context.uow.begin(SHARED) as work:
        known = await store.matching.lock_matching(work, movement_id)
        if known is None or known.status not in {Status.UNMATCHED, Status.MATCHING}:
            return
        movement = known.movement
        if movement.amount and not await store.matching.is_booked(work, f"bank:{movement_id}"):
            entry = moved_entry(movement_id, EntryKind.SUSPENSE, movement.amount, Account.SUSPENSE)
            await post_apart(work, None, entry)
        await store.open_case(work, Case(case_of(movement), movement_id, why))
        await movements.end_movement(work, movement_id, Status.SUSPENSE)
    log.warning("transfer.unmatched", movement_id=movement_id, reason=why)


def case_of(movement: Movement) -> str:
    """The kind of case that asks a person about it."""
    return UNEXPLAINED.get(movement.kind, _OF_OTHERS)


async def _again(context: PaymentsContext, due: Matching, why: str, at_least: timedelta) -> None:
    async with context.uow.begin(SHARED) as work:
        wait = max(delay(due.tries, _FIRST_WAIT, _LONGEST_WAIT), at_least)
        await store.matching.match_later(work, due.movement.id, wait)
        if due.tries >= _MANY_TRIES:
            await store.open_case(work, Case("transfer_stuck", due.movement.id, why))
