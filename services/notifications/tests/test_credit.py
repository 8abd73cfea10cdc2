"""A client is told of credit that it was given, once for each grant."""

from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Amount
from contracts.credit import CreditGranted
from contracts.ids import CreditId, new_id
from notifications.usecases import NotificationsContext


def granted(turno: Turno) -> CreditGranted:
    amount, credit_id = Amount(minor=400_000), CreditId(new_id())
    return CreditGranted(version=1, credit_id=credit_id, client_id=turno.account, amount=amount, reason="goodwill")


async def test_credit_is_told_once_on_each_channel(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    fact = granted(turno)
    await tell(context, turno.contact_fact(), fact, fact)
    await deliver(context)
    assert await states(context, turno.account) == [
        ("credit_granted", "email", "sent", None),
        ("credit_granted", "whatsapp", "sent", None),
    ]
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, te dimos $4.000,00 de saldo a favor. ")
    assert len(email.taken) == 1


async def test_each_grant_is_told_of(context: NotificationsContext, whatsapp: FakeChannel, turno: Turno) -> None:
    await tell(context, turno.contact_fact(), granted(turno), granted(turno))
    await deliver(context)
    assert len(whatsapp.said) == 2
