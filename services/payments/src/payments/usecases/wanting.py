"""How much may be asked for a purpose now: reckoned here, whatever the client says."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from common.errors import NotFound
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import BookingId, instant_of, new_id
from payments import store
from payments.domain.intent import Intent, Purpose
from payments.domain.payable import BookingNotVisible, Payable, may_be_on_its_way
from payments.domain.purpose import Wanted, Wish, balance_of, due_of, may_be_told_soon, must_be_meant, tip_of
from payments.domain.slow import own_expiry, slow_expiry
from payments.usecases.context import PaymentsContext
from payments.usecases.tariffs import tariff_of

_POLL_SECONDS: Final = 0.05


async def wait_for_payable(context: PaymentsContext, scope: str, booking_id: BookingId, purpose: Purpose) -> Payable:
    """What it needs may have happened a moment ago: the event is on the way. No connection is held meanwhile.

    NotFound for an id that no booking on its way can have.
    """
    give_up = asyncio.get_running_loop().time() + context.wait_seconds
    while True:
        async with context.uow.read(scope) as session:
            found = await store.find_payable(session, booking_id)
        if found is not None and not may_be_told_soon(found, purpose):
            return found
        if asyncio.get_running_loop().time() > give_up:
            if found is None:
                # Against the clock that ids are made by: the database's may be shifted.
                raise BookingNotVisible if may_be_on_its_way(booking_id, instant_of(new_id())) else NotFound
            return found
        await asyncio.sleep(_POLL_SECONDS)


async def want(work: Work, vertical: Vertical, payable: Payable, latest: Intent | None, wish: Wish) -> Wanted:
    """`latest` is the newest intent of the wish's purpose. A named refusal when nothing of it can be paid now."""
    must_be_meant(wish)
    now, tariff = await work.now(), tariff_of(vertical)
    if wish.purpose is Purpose.DUE:
        return due_of(payable, latest, tariff, now)
    if wish.purpose is Purpose.TIP and wish.amount is not None:
        return tip_of(payable, wish.amount, latest, now)
    settled = await store.find_settled(work, payable.booking_id, payable.price.currency)
    return balance_of(payable, settled, latest, tariff, now)


def slowly(wanted: Wanted, payable: Payable, now: datetime, days: int) -> Wanted:
    """The same by a way that may take `days` to be paid. MethodTooSlow where a hold could not wait that long.

    Nothing waits for a balance or a tip, so however near or past the appointment is, it may be paid so.
    """
    if wanted.purpose is Purpose.DUE:
        return replace(wanted, until=slow_expiry(payable.starts_at, now, days))
    return replace(wanted, until=own_expiry(now, days))
