"""A client is told what its provider says it was handed at the place, and when that is taken back."""

from uuid import UUID

from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Amount
from contracts.ids import new_id
from contracts.payments import PaymentAtPlace
from notifications.usecases import NotificationsContext


def handed(turno: Turno, at_place_id: UUID, version: int = 1) -> PaymentAtPlace:
    return PaymentAtPlace(
        version=version,
        at_place_id=at_place_id,
        booking_id=turno.id,
        provider_id=turno.provider_id,
        client_id=turno.account,
        amount=Amount(minor=500_000),
        method="cash",
        voided=version > 1,
    )


async def test_what_was_put_on_record_is_told_once_on_each_channel(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    fact = handed(turno, new_id())
    await tell(context, *turno.known(), turno.created(), fact, fact)
    await deliver(context)
    assert await states(context, turno.account) == [
        ("at_place_recorded", "email", "sent", None),
        ("at_place_recorded", "whatsapp", "sent", None),
    ]
    (said,) = whatsapp.said
    assert said.startswith(
        "Hola Ana, Barbería Modelo anotó que pagaste $5.000,00 en el lugar por tu turno de Corte del "
    )


async def test_what_is_taken_back_is_told_too(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    at_place_id = new_id()
    facts = handed(turno, at_place_id), handed(turno, at_place_id, 2)
    await tell(context, *turno.known(), turno.created(), *facts, *facts)
    await deliver(context)
    assert sorted(said.partition(" lo que ")[0].partition(" que ")[0] for said in whatsapp.said) == [
        "Hola Ana, Barbería Modelo anotó",
        "Hola Ana, Barbería Modelo anuló",
    ]
