"""Payments of nobody: what MercadoPago shows and no vertical knows."""

from common.settings import SHARED
from payments import store
from payments.domain.charge import Snapshot
from payments.store import Case
from payments.usecases.context import PaymentsContext


def orphan_case(snapshot: Snapshot, why: str) -> Case:
    """A person has to find out whose it is."""
    found = f"{why}: {snapshot.status} {snapshot.amount}"
    return Case("orphan_payment", snapshot.id, found)


async def open_orphan(context: PaymentsContext, snapshot: Snapshot, why: str) -> None:
    """Put the case before a person."""
    async with context.uow.begin(SHARED) as work:
        await store.open_case(work, orphan_case(snapshot, why))
