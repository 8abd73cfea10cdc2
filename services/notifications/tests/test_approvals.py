"""A booking that its provider has to accept: the owner is asked, and the client told what came of it."""

from datetime import UTC, datetime, timedelta

import pytest
from services.notifications.tests.builders import ANA, Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Fact
from contracts.booking import CancelledBy
from notifications.usecases import NotificationsContext

SOON = datetime.now(UTC) + timedelta(hours=12)


def beginnings(said: list[str]) -> list[str]:
    return [" ".join(each.split(" ")[:6]) for each in said]


@pytest.fixture
def owner() -> Turno:
    """Somebody else, whose contact is known."""
    return Turno(contact=ANA)


async def test_the_owner_is_asked_once_and_the_client_hears_nothing_yet(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, owner: Turno
) -> None:
    asked = turno.requested(owner.account, SOON)
    await tell(context, owner.contact_fact(), *turno.known(), asked, asked)
    await deliver(context)
    assert beginnings(whatsapp.said) == ["Hola Ana, tenés un pedido nuevo:"]
    assert await states(context, turno.account) == []


async def test_a_question_that_was_answered_meanwhile_is_not_asked(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, owner: Turno
) -> None:
    await tell(context, owner.contact_fact(), *turno.known(), turno.requested(owner.account, SOON), turno.expired())
    await deliver(context)
    assert whatsapp.said == []
    assert {status for _, _, status, _ in await states(context, owner.account)} == {"void"}


async def test_of_a_booking_that_was_moved_meanwhile_the_owner_is_asked_anew(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, owner: Turno
) -> None:
    await tell(context, owner.contact_fact(), *turno.known(), turno.requested(owner.account, SOON))
    await deliver(context)
    moved = turno.asked_to_move(owner.account, SOON, turno.starts_at + timedelta(days=1))
    await tell(context, moved, moved)
    await deliver(context)
    assert beginnings(whatsapp.said) == ["Hola Ana, tenés un pedido nuevo:"] * 2
    assert whatsapp.said[0] != whatsapp.said[1]
    assert await states(context, turno.account) == []


async def test_an_owner_who_was_not_asked_yet_is_asked_about_the_new_start_alone(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, owner: Turno
) -> None:
    await tell(context, owner.contact_fact(), *turno.known(), turno.requested(owner.account, SOON))
    await tell(context, turno.asked_to_move(owner.account, SOON, turno.starts_at + timedelta(days=1)))
    await deliver(context)
    assert beginnings(whatsapp.said) == ["Hola Ana, tenés un pedido nuevo:"]


async def test_a_client_who_was_accepted_is_told_how_much_to_pay_and_until_when(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    approved = turno.approved(300_000, SOON)
    await tell(context, *turno.known(), approved, approved)
    await deliver(context)
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, Barbería Modelo aceptó tu turno de Corte")
    assert "pagá $3.000,00 hasta el" in said.replace("\xa0", "")


async def test_where_nothing_is_due_the_confirmation_alone_is_sent(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.approved(0, SOON), turno.confirmed(version=3))
    await deliver(context)
    assert [said.split(" tu ")[0] for said in whatsapp.said] == ["Hola Ana, confirmamos"]


async def test_a_client_who_paid_is_not_asked_to(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.approved(300_000, SOON), turno.confirmed(version=3))
    await deliver(context)
    assert [said.split(" tu ")[0] for said in whatsapp.said] == ["Hola Ana, confirmamos"]


@pytest.mark.parametrize("by", [CancelledBy.PROVIDER, CancelledBy.SYSTEM])
async def test_what_the_client_did_not_call_off_is_told_even_if_it_was_never_confirmed(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, by: CancelledBy
) -> None:
    await tell(context, *turno.known(), turno.created(), turno.called_off_by(by, "closed"))
    await deliver(context)
    assert [said.split(" tu ")[0] for said in whatsapp.said] == ["Hola Ana, se canceló"]


@pytest.mark.parametrize("refused", ["no pudo aceptar", "no respondió a tiempo"])
async def test_a_client_who_was_not_accepted_is_told_once_and_may_choose_another_time(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, refused: str
) -> None:
    declined = turno.called_off_by(CancelledBy.PROVIDER, "declined")
    ends: dict[str, Fact] = {"no pudo aceptar": declined, "no respondió a tiempo": turno.expired(unanswered=True)}
    await tell(context, *turno.known(), ends[refused], ends[refused])
    await deliver(context)
    assert [refused in said for said in whatsapp.said] == [True]
    assert len(email.taken) == 1


async def test_of_a_group_that_too_few_joined_its_clients_are_told_why(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    off = turno.called_off_by(CancelledBy.SYSTEM, "below-minimum", version=3)
    await tell(context, *turno.known(), off, turno.confirmed())
    await deliver(context)
    (said,) = (one for one in whatsapp.said if "cancel" in one)
    assert said.startswith("Hola Ana, no se llegó al mínimo de inscriptos y se canceló tu turno de Corte")
