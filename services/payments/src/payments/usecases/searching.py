"""The hourly search: whatever changed at MercadoPago is applied, though no notification of it ever came."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.inbox import OUTAGES
from common.settings import SHARED
from payments import store
from payments.clients import ChangedPage
from payments.domain.charge import ChargeId, Snapshot
from payments.domain.judgement import Outcome
from payments.domain.reference import parse_reference
from payments.domain.searching import TooDenseError, Window
from payments.metrics import SEARCH_AGE, SEARCH_FOUND, measuring
from payments.store import Case
from payments.store.searching import Search
from payments.usecases.apply import apply_snapshots
from payments.usecases.context import PaymentsContext
from payments.usecases.orphans import open_orphan
from payments.usecases.trying import or_put_off

log = structlog.get_logger()
_PAGE: Final = 100
_MOST_PAGES: Final = 10_000
_EVERY: Final = timedelta(hours=1)
_OVERLAP: Final = timedelta(minutes=30)
_MARGIN: Final = timedelta(seconds=10)
"""What changed just now may not be found yet."""
_LEASE: Final = timedelta(minutes=2)
_WAIT: Final = timedelta(minutes=1)
_SKIPPED: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search came upon: payments seen, changes it was the first to show, and payments of nobody."""

    seen: int = 0
    changed: int = 0
    orphans: int = 0

    def __add__(self, other: "Searched") -> "Searched":
        return Searched(self.seen + other.seen, self.changed + other.changed, self.orphans + other.orphans)


async def search_changes(context: PaymentsContext, scope: str) -> int:
    """Apply the next page of what changed since the last search; the cursor moves once the whole window is applied."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        search = await store.searching.claim_search(work, _OVERLAP, _MARGIN, _LEASE)
    if search is not None:
        await or_put_off(_search(context, search), partial(_put_off, context, search), search="changes")
    await _measure(context)
    return 1 if search is not None else 0


async def search_between(context: PaymentsContext, window: Window) -> Searched:
    """A whole window at once, whatever the cursor says. MercadoPagoError."""
    total, left = Searched(), window
    for _ in range(_MOST_PAGES):
        found, rest = await _apply_page(context, left)
        total += found
        if rest is None:
            return total
        left = rest
    raise TooDenseError(f"more than {_MOST_PAGES} pages")


async def _search(context: PaymentsContext, search: Search) -> None:
    found, left = await _apply_page(context, search.window)
    async with context.uow.begin(SHARED) as work:
        if left is not None:
            await store.searching.save_search(work, search.version, left)
        else:
            await store.searching.end_search(work, search.version, _EVERY)
    log.info("search.page", seen=found.seen, changed=found.changed, orphans=found.orphans, ended=left is None)


async def _put_off(context: PaymentsContext, search: Search, _why: str, at_least: timedelta) -> None:
    async with context.uow.begin(SHARED) as work:
        await store.searching.put_off_search(work, search.version, max(_WAIT, at_least))


async def _apply_page(context: PaymentsContext, window: Window) -> tuple[Searched, Window | None]:
    page = await context.mercadopago.changed_payments(window.start, window.stop, window.offset, _PAGE)
    outcomes = [await _apply(context, each) for each in page.payments]
    await _note_unreadable(context, page)
    changed = [each.id for each, came in zip(page.payments, outcomes, strict=True) if came is Outcome.APPLIED]
    await _count(context, changed)
    found = Searched(len(page.dates), len(changed), sum(came is Outcome.UNKNOWN for came in outcomes))
    try:
        return found, window.after(page.dates, page.total, _PAGE)
    except TooDenseError as error:
        async with context.uow.begin(SHARED) as work:
            await store.open_case(work, Case("search_too_dense", window.start.isoformat(), str(error)))
        left = replace(window, start=window.start + _SKIPPED, stop=window.end, offset=0)
        return found, left if left.start <= left.end else None


async def _apply(context: PaymentsContext, snapshot: Snapshot) -> Outcome | None:
    """None when it could not be applied: that is a case, and does not stop the others."""
    reference = parse_reference(snapshot.external_reference)
    if reference is None or reference.vertical not in context.uow.scopes:
        await open_orphan(context, snapshot, "no reference of ours")
        return Outcome.UNKNOWN
    try:
        (outcome,) = await apply_snapshots(context.uow, reference.vertical, [snapshot])
    except OUTAGES:
        raise
    except Exception as error:
        log.exception("search.not_applied", charge_id=snapshot.id)
        async with context.uow.begin(SHARED) as work:
            await store.open_case(work, Case("payment_not_applied", snapshot.id, type(error).__name__))
        return None
    if outcome is Outcome.UNKNOWN:
        await open_orphan(context, snapshot, "no such intent")
    return outcome


async def _note_unreadable(context: PaymentsContext, page: ChangedPage) -> None:
    if page.unreadable:
        async with context.uow.begin(SHARED) as work:
            for each in page.unreadable:
                await store.open_case(work, Case("payment_unreadable", each, "found by search, not as documented"))


async def _count(context: PaymentsContext, changed: Sequence[ChargeId]) -> None:
    if not changed:
        return
    async with context.uow.read(SHARED) as session:
        told = await store.searching.find_told(session, changed)
    SEARCH_FOUND.labels("before").inc(len(told))
    SEARCH_FOUND.labels("never").inc(len(changed) - len(told))


async def _measure(context: PaymentsContext) -> None:
    with measuring(SHARED, SEARCH_AGE):
        async with context.uow.read(SHARED) as session:
            age = await store.searching.find_search_age(session)
        if age is not None:
            SEARCH_AGE.set(age)
