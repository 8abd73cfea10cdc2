"""The provider's owner is told of a dispute: that there is one, what is wanted until when, and how it ended."""

from datetime import UTC, datetime, timedelta

import pytest
from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from notifications.usecases import NotificationsContext


async def test_a_dispute_that_asks_for_nothing_is_told_once(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.created(), turno.disputed(), turno.disputed())
    await deliver(context)
    assert [said.split(" (")[0] for said in whatsapp.said] == ["Hola Ana, desconocieron un pago de $2.000,50"]


async def test_until_when_documents_are_wanted_is_told_and_again_when_that_changes(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    first = datetime(2031, 1, 15, 15, tzinfo=UTC)
    later = first + timedelta(days=2)
    await tell(context, *turno.known(), turno.created(), turno.disputed())
    await tell(context, *(turno.disputed(deadline=until) for until in (first, first, later)))
    await deliver(context)
    told = sorted(said.split(" hasta el ")[1][:22] for said in whatsapp.said if "Tenés tiempo" in said)
    assert told == ["miércoles 15 de enero ", "viernes 17 de enero a "]


async def test_what_can_no_longer_be_sent_is_not_asked_for(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(
        context, *turno.known(), turno.created(), turno.disputed(deadline=datetime.now(UTC) - timedelta(hours=1))
    )
    await deliver(context)
    assert whatsapp.said == []
    assert {state for _, _, state, _ in await states(context, turno.account)} == {"void"}


@pytest.mark.parametrize(("won", "said"), [(True, "a tu favor"), (False, "en tu contra")])
async def test_how_a_dispute_ended_is_told(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, *, won: bool, said: str
) -> None:
    ended = turno.dispute_won() if won else turno.dispute_lost()
    await tell(context, *turno.known(), turno.created(), ended, ended)
    await deliver(context)
    assert [said in each for each in whatsapp.said] == [True]
    assert len(email.taken) == 1


async def test_a_dispute_without_a_name_or_of_a_snapshot_is_told_to_nobody(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    nameless = turno.disputed(dispute_id=None)
    snapshot = turno.dispute_lost().model_copy(update={"owner_id": None})
    await tell(context, *turno.known(), turno.created(), nameless, snapshot)
    await deliver(context)
    assert whatsapp.said == []
