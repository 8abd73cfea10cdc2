"""A series: its client is told once of what happened to all of it, and asked in time for what is paid apart."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Amount
from contracts.booking import CancelledBy
from contracts.ids import SeriesId, new_id
from contracts.series import SeriesCancelled, SeriesConfirmed, SeriesFact, SeriesRescheduled
from notifications.usecases import NotificationsContext

F = TypeVar("F", bound=SeriesFact)
TOGETHER = {"told_with_series": True}
MANY = 6


def of_series(kind: type[F], turno: Turno, **more: object) -> F:
    """Six weeks in a row, of which the turno is the first."""
    start = turno.created().starts_at
    return kind(
        version=2,
        series_id=SeriesId(new_id()),
        provider_id=turno.provider_id,
        client_id=turno.account,
        leader_id=turno.id,
        rule="FREQ=WEEKLY;COUNT=6",
        charge="first",
        zone="America/Argentina/Cordoba",
        booking_ids=(turno.id,) * MANY,
        starts=tuple(start + n * timedelta(weeks=1) for n in range(MANY)),
        **more,
    )


async def test_all_of_it_confirmed_is_one_message_and_each_has_its_reminders(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    confirmed, fact = turno.confirmed().model_copy(update=TOGETHER), of_series(SeriesConfirmed, turno)
    await tell(context, *turno.known(), confirmed, fact, fact)
    await deliver(context)
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, confirmamos 6 fechas de tu turno de Corte con Barbería Modelo, desde el")
    planned = {template for template, _, status, _ in await states(context, turno.account) if status == "pending"}
    assert planned == {"booking_reminder"}


async def test_moved_together_is_one_message(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    start = turno.created().starts_at + timedelta(days=1)
    moved = turno.moved(start).model_copy(update=TOGETHER)
    await tell(context, *turno.known(), turno.confirmed().model_copy(update=TOGETHER), moved)
    await tell(context, of_series(SeriesRescheduled, turno))
    await deliver(context)
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, 6 fechas de tu turno de Corte con Barbería Modelo cambiaron de horario")


@pytest.mark.parametrize(
    ("by", "confirmed", "told"),
    [
        (CancelledBy.PROVIDER, True, 1),
        (CancelledBy.PROVIDER, False, 1),
        (CancelledBy.CLIENT, True, 1),
        (CancelledBy.CLIENT, False, 0),
    ],
)
async def test_called_off_together_is_one_message_unless_its_client_gave_up_what_it_never_had(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, by: CancelledBy, confirmed: bool, told: int
) -> None:
    if confirmed:
        await tell(context, turno.confirmed().model_copy(update=TOGETHER))
    off = turno.called_off_by(by, version=3).model_copy(update=TOGETHER)
    fact = of_series(SeriesCancelled, turno, cancelled_by=by, any_confirmed=confirmed)
    await tell(context, *turno.known(), off, fact)
    await deliver(context)
    assert len(whatsapp.said) == told


async def test_what_is_paid_apart_is_asked_for_two_days_before_it_has_to_be(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    soon, later = datetime.now(UTC) + timedelta(hours=47), datetime.now(UTC) + timedelta(days=9)
    due = TOGETHER | {"due_now": Amount(minor=300_000)}
    other = Turno(contact=turno.contact)
    await tell(context, *turno.known(), turno.created().model_copy(update=due | {"hold_expires_at": soon}))
    await tell(context, *other.known(), other.created().model_copy(update=due | {"hold_expires_at": later}))
    await deliver(context)
    (said,) = whatsapp.said
    assert "se paga antes: pagá $3.000,00 hasta el" in said.replace("\xa0", "")


async def test_what_was_paid_meanwhile_is_not_asked_for(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=47)
    due = TOGETHER | {"due_now": Amount(minor=300_000), "hold_expires_at": soon}
    await tell(context, *turno.known(), turno.created().model_copy(update=due), turno.confirmed())
    await deliver(context)
    assert not any("se paga antes" in said for said in whatsapp.said)


async def test_of_a_series_that_nobody_accepted_one_message_is_enough(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.expired(unanswered=True).model_copy(update=TOGETHER))
    await deliver(context)
    assert whatsapp.said == []


async def test_of_one_that_is_left_is_told_as_of_one(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    fact = of_series(SeriesConfirmed, turno)
    alone = fact.model_copy(update={"booking_ids": fact.booking_ids[:1], "starts": fact.starts[:1]})
    await tell(context, *turno.known(), turno.confirmed().model_copy(update=TOGETHER), alone)
    await deliver(context)
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, confirmamos tu turno de Corte con Barbería Modelo para el")


async def test_a_cancellation_that_is_read_before_its_confirmation_is_told_once_for_all(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    by = CancelledBy.CLIENT
    off, on = turno.called_off_by(by, version=3), turno.confirmed()
    await tell(context, *turno.known(), *(one.model_copy(update=TOGETHER) for one in (off, on)))
    await tell(context, of_series(SeriesCancelled, turno, cancelled_by=by))
    await deliver(context)
    (said,) = whatsapp.said
    assert "se cancelaron 6 fechas" in said


async def test_what_is_paid_apart_and_moved_nearer_is_asked_for_in_time(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    due = {"due_now": Amount(minor=300_000)}
    later, soon = (datetime.now(UTC) + wait for wait in (timedelta(days=9), timedelta(hours=47)))
    made = turno.created().model_copy(update=due | TOGETHER | {"hold_expires_at": later})
    moved = turno.moved(made.starts_at - timedelta(days=8), version=2)
    held = {"status": made.status, "hold_expires_at": soon, "paid_apart": True}
    await tell(context, *turno.known(), made, moved.model_copy(update=due | held))
    await deliver(context)
    (said,) = whatsapp.said
    assert "se paga antes" in said


async def test_one_that_is_moved_is_told_also_where_its_own_fact_comes_later(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    there = turno.created().starts_at + timedelta(days=1)
    fact = of_series(SeriesRescheduled, turno)
    alone = fact.model_copy(update={"booking_ids": fact.booking_ids[:1], "starts": (there,)})
    await tell(context, *turno.known(), turno.confirmed().model_copy(update=TOGETHER), alone)
    await deliver(context)
    assert [said.split(" con ")[0] for said in whatsapp.said] == ["Hola Ana, tu turno de Corte"]


@pytest.mark.parametrize("confirmed", [True, False])
async def test_what_an_older_booking_told_is_judged_by_what_is_known(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, confirmed: bool
) -> None:
    if confirmed:
        await tell(context, turno.confirmed().model_copy(update=TOGETHER))
    await tell(
        context, turno.created(), *turno.known(), of_series(SeriesCancelled, turno, cancelled_by=CancelledBy.CLIENT)
    )
    await deliver(context)
    assert len(whatsapp.said) == confirmed
