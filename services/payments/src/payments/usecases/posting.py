"""Booking an entry: into the ledger, and its fingerprint into the audit log, whose heads lie outside the database."""

from typing import Final
from uuid import UUID

import structlog

from common.service import first_id
from common.uow import Work
from contracts.ids import ProviderId
from payments import store
from payments.domain.charge import ChargeId
from payments.domain.intent import Intent
from payments.domain.ledger import Entry, fingerprint
from payments.metrics import LEDGER_TAMPERED, measuring
from payments.usecases import audited
from payments.usecases.context import PaymentsContext

log = structlog.get_logger()
_PAGE: Final = 5_000


async def post(work: Work, intent: Intent, charge_id: ChargeId, entry: Entry) -> None:
    """Book it once; asyncpg.UniqueViolationError when its effect is booked already."""
    _put_on_record(work, await store.insert_entry(work, intent, charge_id, entry), entry)


async def post_apart(work: Work, provider_id: ProviderId | None, entry: Entry) -> None:
    """The same for what is of no payment: a payout, or money that only the bank shows."""
    _put_on_record(work, await store.insert_entry_apart(work, provider_id, entry), entry)


def _put_on_record(work: Work, entry_id: UUID, entry: Entry) -> None:
    lines = [(line.account.value, line.amount.currency, line.amount.minor) for line in entry.postings]
    work.audit(audited.booked(entry_id, fingerprint(entry_id, entry.kind.value, entry.reference, lines)))


async def check_fingerprints(context: PaymentsContext, scope: str) -> int:
    """Compare the whole ledger with the audit log, in pages, and show how many entries are not what was booked."""
    gauge = LEDGER_TAMPERED.labels(scope)
    with measuring(scope, gauge):
        gauge.set(await _changed(context, scope) + await _vanished(context, scope))
    return 0


async def _changed(context: PaymentsContext, scope: str) -> int:
    found, after = 0, first_id()
    while True:
        async with context.uow.read(scope) as session:
            page = await store.page_booked(session, after, _PAGE)
        if not page:
            return found
        for one in page:
            if one.fingerprint != fingerprint(one.id, one.kind, one.reference, one.lines):
                found += 1
                log.error("ledger.entry_changed", entry_id=str(one.id))
        after = page[-1].id


async def _vanished(context: PaymentsContext, scope: str) -> int:
    found, after = 0, first_id()
    while True:
        async with context.uow.read(scope) as session:
            last, vanished = await store.page_vanished(session, after, _PAGE)
        if last is None:
            return found
        for entry_id in vanished:
            log.error("ledger.entry_vanished", entry_id=str(entry_id))
        found, after = found + len(vanished), last
