"""An erased account gets nothing, and nothing of it stays."""

from datetime import timedelta

import pytest
from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.conftest import Clock
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Fact
from contracts.identity import AccountContact
from notifications.usecases import NotificationsContext


def erasures(turno: Turno) -> dict[str, Fact]:
    return {"event": turno.erased(), "tombstone": AccountContact.tombstone(turno.account)}


async def sealed(context: NotificationsContext, turno: Turno) -> object:
    async with context.uow.read("barber") as session:
        return await session.connection.fetchval("SELECT sealed FROM contact WHERE account_id = $1", turno.account)


@pytest.mark.parametrize("way", ["event", "tombstone"])
async def test_an_erased_account_gets_nothing_any_more(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, clock: Clock, way: str
) -> None:
    await tell(context, *turno.known(), turno.confirmed(), erasures(turno)[way])
    await clock.to(turno.starts_at - timedelta(hours=4))
    await deliver(context)
    assert (whatsapp.tried, email.tried) == (0, 0)
    assert {state[2:] for state in await states(context, turno.account)} == {("void", "erased")}
    assert await sealed(context, turno) is None


@pytest.mark.parametrize("way", ["event", "tombstone"])
async def test_a_contact_that_comes_after_the_erasure_is_not_kept(
    context: NotificationsContext, turno: Turno, way: str
) -> None:
    await tell(context, turno.contact_fact(), erasures(turno)[way], turno.contact_fact(7))
    assert await sealed(context, turno) is None


async def test_what_happens_to_an_erased_accounts_booking_is_told_to_nobody(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.erased(), turno.confirmed(), turno.cancelled(), turno.refunded())
    await deliver(context)
    assert whatsapp.tried == 0
    assert {status for _, _, status, _ in await states(context, turno.account)} == {"void"}


async def test_a_row_that_an_erasure_overtook_is_judged_again_before_it_is_sent(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    whatsapp.mood = "later"
    await tell(context, *turno.known(), turno.confirmed())
    await deliver(context)
    await tell(context, turno.erased())
    await clock.on(timedelta(minutes=1))
    await deliver(context)
    assert whatsapp.tried == 1
