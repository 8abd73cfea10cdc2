"""A client who pays at a counter or at the bank is told how, and when the time for it is over."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Amount
from contracts.elsewhere import TicketPart, TransferPart
from contracts.ids import PaymentId, new_id
from contracts.payments import (
    PaymentClosed,
    PaymentConfirmed,
    PaymentFact,
    PaymentPending,
    PaymentStatus,
)
from notifications.usecases import NotificationsContext

P = TypeVar("P", bound=PaymentFact)
TICKET: Final = TicketPart(method="rapipago", url="https://mercadopago.example/ticket/1", code="8412905537")
TRANSFER: Final = TransferPart(cbu="2850590940090418135201", alias="barberpro.cobros", reference="BP7K2M9QXA")


class Paying:
    """One payment of a turno, as payments would publish it."""

    def __init__(self, turno: Turno) -> None:
        self._turno, self._id = turno, PaymentId(new_id())

    def pending(self, **how: Any) -> PaymentPending:
        return self._fact(PaymentPending, 2, PaymentStatus.PROCESSING, pay_until=_soon(), **how)

    def paid(self, method: str, version: int = 3) -> PaymentConfirmed:
        return self._fact(PaymentConfirmed, version, PaymentStatus.PAID, method=method)

    def closed(self, status: PaymentStatus = PaymentStatus.EXPIRED) -> PaymentClosed:
        return self._fact(PaymentClosed, 3, status)

    def _fact(self, kind: type[P], version: int, status: PaymentStatus, **more: Any) -> P:
        paid = Amount(minor=150_000 if status is PaymentStatus.PAID else 0)
        return kind(
            version=version,
            payment_id=self._id,
            booking_id=self._turno.id,
            provider_id=self._turno.provider_id,
            client_id=self._turno.account,
            status=status,
            amount=Amount(minor=150_000),
            captured=paid,
            refunded=Amount(minor=0),
            **more,
        )


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def paying(turno: Turno) -> Paying:
    return Paying(turno)


async def told(context: NotificationsContext, turno: Turno, *facts: PaymentFact) -> list[tuple[str, str, str | None]]:
    """What became of the WhatsApp messages about the facts, told after the booking was made."""
    await tell(context, *turno.known(), turno.created(), *facts)
    await deliver(context)
    return [
        (template, status, why) for template, way, status, why in await states(context, turno.account) if way[0] == "w"
    ]


async def test_a_ticket_is_told_once_on_each_channel_with_its_link_and_code(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, paying: Paying
) -> None:
    fact = paying.pending(ticket=TICKET)
    await tell(context, *turno.known(), turno.created(), fact, fact)
    await deliver(context)
    assert await states(context, turno.account) == [
        ("ticket_to_pay", "email", "sent", None),
        ("ticket_to_pay", "whatsapp", "sent", None),
    ]
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, pagá $1.500,00 en Rapipago por tu turno de Corte con Barbería Modelo del ")
    assert said.endswith(f" Tu cupón está en {TICKET.url} y el código para la caja es {TICKET.code}.")


async def test_a_transfer_is_told_with_our_account_and_its_reference(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, paying: Paying
) -> None:
    assert await told(context, turno, paying.pending(transfer=TRANSFER)) == [("transfer_to_make", "sent", None)]
    (said,) = whatsapp.said
    assert all(word in said for word in (TRANSFER.cbu, TRANSFER.alias, TRANSFER.reference))


async def test_a_payment_on_a_page_or_by_card_needs_no_telling(
    context: NotificationsContext, turno: Turno, paying: Paying
) -> None:
    assert await told(context, turno, paying.pending(), paying.paid("visa"), paying.closed()) == []


async def test_nobody_is_asked_for_what_is_paid_whatever_came_first(
    context: NotificationsContext, turno: Turno, paying: Paying
) -> None:
    facts = paying.pending(transfer=TRANSFER), paying.paid("transfer")
    assert await told(context, turno, *facts) == [("transfer_to_make", "void", "overtaken")]
    other = Paying(turno)
    await told(context, turno, other.paid("rapipago"), other.pending(ticket=TICKET))
    assert {template for template, *_ in await states(context, turno.account)} == {"transfer_to_make"}


async def test_a_ticket_that_ran_out_is_not_to_be_paid_any_more(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, paying: Paying
) -> None:
    assert await told(context, turno, paying.pending(ticket=TICKET)) == [("ticket_to_pay", "sent", None)]
    await tell(context, paying.closed(), turno.expired(), paying.closed())
    await deliver(context)
    assert [said.split(" por ")[0] for said in whatsapp.said[1:]] == [
        "Hola Ana, se venció el plazo para pagar $1.500,00"
    ]


async def test_one_that_was_given_up_for_another_way_or_came_late_is_not_called_run_out(
    context: NotificationsContext, turno: Turno, paying: Paying
) -> None:
    changed = paying.pending(ticket=TICKET), paying.closed(PaymentStatus.CANCELLED)
    assert await told(context, turno, *changed) == [("ticket_to_pay", "void", "overtaken")]
    late = Paying(turno)
    facts = late.pending(transfer=TRANSFER), late.closed(), late.paid("transfer", version=4)
    assert min(await told(context, turno, *facts)) == ("payment_ran_out", "void", "overtaken")


async def test_a_turno_that_was_called_off_is_not_to_be_paid(
    context: NotificationsContext, turno: Turno, paying: Paying
) -> None:
    await tell(context, turno.cancelled(2))
    assert await told(context, turno, paying.pending(ticket=TICKET)) == [("ticket_to_pay", "void", "overtaken")]
