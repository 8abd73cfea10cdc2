"""Whoever waited is told of the slot that is held for them, as long as it is."""

from datetime import UTC, datetime, timedelta

import pytest
from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.ids import WaitlistId, new_id
from contracts.waitlist import WaitlistOffered, WaitStatus
from notifications.usecases import NotificationsContext


@pytest.fixture
def offered(turno: Turno) -> WaitlistOffered:
    now = datetime.now(UTC)
    return WaitlistOffered(
        version=2,
        waitlist_id=WaitlistId(new_id()),
        provider_id=turno.provider_id,
        client_id=turno.account,
        service_ids=(turno.service_id,),
        wanted_from=now,
        wanted_to=now + timedelta(days=9),
        status=WaitStatus.OFFERED,
        booking_id=turno.id,
        starts_at=turno.starts_at,
        offer_expires_at=now + timedelta(hours=1),
    )


async def test_they_are_told_once_even_before_the_booking_is_known(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, offered: WaitlistOffered
) -> None:
    await tell(context, offered, offered, *turno.known(), turno.created())
    await deliver(context)
    assert [said[:29] for said in whatsapp.said] == ["Hola Ana, se liberó un lugar "]


async def test_what_was_taken_or_let_go_meanwhile_is_not_offered(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, offered: WaitlistOffered
) -> None:
    await tell(context, *turno.known(), turno.created(), offered, turno.cancelled())
    await deliver(context)
    assert whatsapp.said == []
    assert {status for _, _, status, _ in await states(context, turno.account)} == {"void"}
