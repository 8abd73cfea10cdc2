"""What a booking's life calls for, on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.notifications.tests.builders import ANA, Turno, deliver, rows, states, tell
from services.notifications.tests.conftest import Clock
from services.notifications.tests.fakes import FakeChannel

from common.contacts import Contact
from common.testing import event
from notifications.usecases import NotificationsContext, keep_providers

TOLD = [("booking_confirmed", "email", "sent", None), ("booking_confirmed", "whatsapp", "sent", None)]
REMINDERS = [("booking_reminder", "whatsapp", "pending", None)] * 2


async def test_the_same_event_ten_times_is_one_message_per_channel(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.created(), turno.confirmed())
    await asyncio.gather(*(tell(context, turno.confirmed()) for _ in range(4)))
    await deliver(context)
    await tell(context, *(turno.confirmed() for _ in range(5)))
    await deliver(context)
    assert (len(whatsapp.taken), len(email.taken)) == (1, 1)
    assert await states(context, turno.account) == TOLD + REMINDERS


async def test_reminders_are_due_at_the_verticals_lead_times(context: NotificationsContext, turno: Turno) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    due = sorted(row["due_at"] for row in await rows(context, turno.account) if row["template"] == "booking_reminder")
    assert due == [turno.starts_at - timedelta(hours=24), turno.starts_at - timedelta(hours=2)]


async def test_a_lead_time_that_has_passed_calls_for_no_reminder(context: NotificationsContext) -> None:
    soon = Turno(starts_at=datetime.now(UTC) + timedelta(hours=23))
    await tell(context, *soon.known(), soon.confirmed())
    assert [template for template, *_ in await states(context, soon.account)].count("booking_reminder") == 1


async def test_a_reminder_goes_when_its_time_comes(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    await deliver(context)
    await clock.to(turno.starts_at - timedelta(hours=8))
    await deliver(context)
    assert whatsapp.said[1].startswith("Hola Ana, te recordamos tu turno de Corte con Barbería Modelo el ")


async def test_a_cancelled_booking_is_told_and_no_longer_reminded_of(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    await deliver(context)
    await tell(context, turno.cancelled(), turno.cancelled())
    await deliver(context)
    await clock.on(timedelta(days=3))
    await deliver(context)
    assert [said.split(" tu ")[0] for said in whatsapp.said] == ["Hola Ana, confirmamos", "Hola Ana, se canceló"]
    assert len(email.taken) == 2
    reminders = [state for state in await states(context, turno.account) if state[0] == "booking_reminder"]
    assert reminders == [("booking_reminder", "whatsapp", "void", "overtaken")] * 2


async def test_a_cancellation_read_before_the_confirmation_is_told_all_the_same(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.cancelled(), turno.confirmed())
    await deliver(context)
    assert [said.split(" tu ")[0] for said in whatsapp.said] == ["Hola Ana, se canceló"]
    assert ("booking_confirmed", "whatsapp", "void", "overtaken") in await states(context, turno.account)


async def test_a_hold_that_expires_is_told_to_nobody(context: NotificationsContext, turno: Turno) -> None:
    await tell(context, *turno.known(), turno.created(), turno.expired())
    assert await states(context, turno.account) == []


async def test_a_hold_that_is_called_off_is_told_to_nobody(context: NotificationsContext, turno: Turno) -> None:
    await tell(context, *turno.known(), turno.created(), turno.cancelled())
    assert await states(context, turno.account) == []


async def test_a_moved_booking_is_told_and_its_reminders_move_with_it(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    later = turno.starts_at + timedelta(days=1)
    await tell(context, *turno.known(), turno.confirmed(), turno.moved(later), turno.moved(later))
    await deliver(context)
    found = [row for row in await rows(context, turno.account) if row["template"] == "booking_reminder"]
    assert sorted((row["starts_at"], row["status"]) for row in found) == [
        (turno.starts_at, "void"),
        (turno.starts_at, "void"),
        (later, "pending"),
        (later, "pending"),
    ]
    assert sum("cambió de horario" in said for said in whatsapp.said) == 1


async def test_a_booking_moved_there_and_back_is_reminded_of_at_its_first_start(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    later = turno.starts_at + timedelta(days=1)
    await tell(context, *turno.known(), turno.confirmed(), turno.moved(later), turno.moved(turno.starts_at, 4))
    await deliver(context)
    await clock.to(turno.starts_at - timedelta(hours=8))
    await deliver(context)
    assert sum("te recordamos" in said for said in whatsapp.said) == 1
    assert sum("cambió de horario" in said for said in whatsapp.said) == 1


async def test_an_older_state_that_comes_late_changes_nothing(context: NotificationsContext, turno: Turno) -> None:
    later = turno.starts_at + timedelta(days=1)
    await tell(context, *turno.known(), turno.moved(later), turno.confirmed())
    pending = [row for row in await rows(context, turno.account) if row["template"] == "booking_reminder"]
    assert {row["starts_at"] for row in pending} == {later}


async def test_each_refund_is_told_once_with_its_amount(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    refund = turno.refunded(300_050)
    await tell(context, *turno.known(), turno.created(), refund, refund)
    await deliver(context)
    assert [said.split(" por ")[0] for said in whatsapp.said] == ["Hola Ana, te devolvimos $3.000,50"]


async def test_a_person_without_a_phone_is_told_by_mail_alone_and_reminded_by_it(
    context: NotificationsContext,
) -> None:
    turno = Turno(contact=Contact(ANA.name, email=ANA.email))
    await tell(context, *turno.known(), turno.confirmed())
    assert {channel for _, channel, _, _ in await states(context, turno.account)} == {"email"}


async def test_a_person_whose_contact_comes_late_and_has_no_phone_is_reminded_by_mail(
    context: NotificationsContext, email: FakeChannel, clock: Clock
) -> None:
    turno = Turno(contact=Contact(ANA.name, email=ANA.email))
    contact, *others = turno.known()
    await tell(context, *others, turno.confirmed(), contact)
    await clock.to(turno.starts_at - timedelta(hours=8))
    await deliver(context)
    assert [state for state in await states(context, turno.account) if state[2] != "pending"] == [
        ("booking_confirmed", "email", "sent", None),
        ("booking_confirmed", "whatsapp", "void", "no_address"),
        ("booking_reminder", "email", "sent", None),
    ]


async def test_what_is_not_known_yet_is_waited_for_ever_more_slowly(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, turno.confirmed())
    waits = []
    for fact, missing in zip(turno.known(), ("contact", "provider", "service"), strict=True):
        await deliver(context)
        row = next(row for row in await rows(context, turno.account) if row["channel"] == "whatsapp")
        assert (row["status"], row["reason"]) == ("pending", f"{missing}_unknown")
        waits.append(row["waits"])
        await tell(context, fact)
        await clock.on(timedelta(seconds=2 ** len(waits)))
    await deliver(context)
    assert waits == [1, 2, 3]
    assert len(whatsapp.taken) == 1


async def test_a_fact_heard_again_is_not_told_on_a_channel_that_came_since(
    context: NotificationsContext, email: FakeChannel, turno: Turno, clock: Clock
) -> None:
    facts = [turno.confirmed(), turno.cancelled(), turno.refunded()]
    _, *others = turno.known()
    await tell(context, turno.contact_fact(email=None), *others, *facts)
    await deliver(context)
    await clock.on(timedelta(days=40))
    await tell(context, turno.contact_fact(2), *facts)
    await deliver(context)
    assert email.taken == []
    assert {channel for _, channel, _, _ in await states(context, turno.account)} == {"whatsapp"}


async def test_a_place_closed_before_its_turnos_are_called_off_leaves_the_notices_whole(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    closed = turno.provider(2).model_copy(update={"places": ()})
    await tell(context, *turno.known(), turno.created(), turno.confirmed(), closed)
    await tell(context, turno.cancelled(), turno.refunded())
    await deliver(context)
    assert [said.split(" tu ")[0] for said in whatsapp.said] == [
        "Hola Ana, se canceló",
        "Hola Ana, te devolvimos $3.000,50 por",
    ]
    told = next(letter for letter in email.taken if letter.invite is not None)
    assert told.invite is not None
    assert "San Martín 100" in told.invite.content


async def test_a_place_that_opened_and_closed_within_one_batch_is_known(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    contact, _, service = turno.known()
    opened, closed = turno.provider(), turno.provider(2).model_copy(update={"places": ()})
    await tell(context, contact, service)
    async with context.uow.begin("barber") as work:
        await keep_providers(context, work, [event(fact, "barber") for fact in (opened, closed)])
    await tell(context, turno.confirmed())
    await deliver(context)
    assert len(whatsapp.taken) == 1


async def test_a_cancellation_is_told_although_nobody_ever_heard_of_the_place(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    contact, _, service = turno.known()
    elsewhere = turno.provider().model_copy(update={"places": ()})
    await tell(context, contact, elsewhere, service, turno.confirmed(), turno.cancelled(), turno.refunded())
    await deliver(context)
    assert (len(whatsapp.taken), len(email.taken)) == (2, 2)


async def test_a_delicate_service_is_neither_named_nor_waited_for(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    contact, provider, _ = turno.known()
    await tell(context, contact, provider, turno.confirmed(), vertical="psychology")
    await deliver(context, "psychology")
    assert [said.split(" para ")[0] for said in whatsapp.said] == [
        "Hola Ana, confirmamos tu sesión con Barbería Modelo"
    ]
    assert await states(context, turno.account) == []
