"""Sending: once, ever more slowly while it fails, visibly dead in the end; a doubt is counted and not repeated."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from services.notifications.tests.builders import Turno, deliver, rows, states, tell
from services.notifications.tests.conftest import Clock
from services.notifications.tests.fakes import FakeChannel

from common.db import Row
from common.testing import eventually, published
from contracts.ids import new_id
from contracts.notifications import NotificationFailed, NotificationSent
from notifications.domain.notification import ATTEMPTS, Channel
from notifications.store.readmodels import UPSERT_PREFERENCE
from notifications.usecases import NotificationsContext, deliver_whatsapp

TRACE = f"00-{new_id().hex}-00f067aa0ba902b7-01"


def undecided() -> float:
    return REGISTRY.get_sample_value("notifications_undecided_total", {"channel": "whatsapp"}) or 0.0


async def confirmation(context: NotificationsContext, turno: Turno, channel: str = "whatsapp") -> Row:
    found = await rows(context, turno.account)
    return next(row for row in found if (row["template"], row["channel"]) == ("booking_confirmed", channel))


async def test_a_message_taken_by_its_channel_is_marked_and_published(
    context: NotificationsContext, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.confirmed(), traceparent=TRACE)
    await deliver(context)
    row = await confirmation(context, turno)
    assert (row["status"], row["attempts"], row["reason"]) == ("sent", 1, None)
    (sent,) = await published(context.uow, "barber", row["id"])
    assert isinstance(sent.data, NotificationSent)
    assert (sent.data.booking_id, sent.data.template, sent.sequence) == (turno.id, "booking_confirmed", 1)
    assert (sent.traceparent or "").split("-")[1] == TRACE.split("-")[1]


async def test_a_due_row_that_cannot_be_read_is_put_off_and_the_others_go(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    await give_template(context, turno, "of_the_future")
    other = Turno()
    await tell(context, *other.known(), other.confirmed())
    await deliver(context)
    assert (await confirmation(context, other))["status"] == "sent"
    await give_template(context, turno, "booking_confirmed")
    await deliver(context)
    assert (await confirmation(context, turno))["status"] == "pending"
    await clock.on(timedelta(minutes=1))
    await deliver(context)
    assert (await confirmation(context, turno))["status"] == "sent"


async def give_template(context: NotificationsContext, turno: Turno, template: str) -> None:
    """A row's template as another version of the service may have written it."""
    async with context.uow.begin("barber") as work:
        await work.connection.execute(
            "UPDATE notification SET template = $2 WHERE account_id = $1 AND dedupe_key LIKE '%:confirmed:%'",
            turno.account,
            template,
        )


async def test_a_message_refused_for_good_is_dead_at_once_and_says_why(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    whatsapp.mood = "never"
    await tell(context, *turno.known(), turno.confirmed())
    await deliver(context)
    row = await confirmation(context, turno)
    assert (row["status"], row["reason"], whatsapp.tried) == ("failed", "whatsapp_no", 1)
    (failed,) = await published(context.uow, "barber", row["id"])
    assert isinstance(failed.data, NotificationFailed)
    assert failed.data.reason == "whatsapp_no"


async def test_a_busy_channel_is_tried_ever_more_slowly_and_not_for_ever(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    whatsapp.mood = "later"
    await tell(context, *turno.known(), turno.confirmed())
    for attempt in range(1, ATTEMPTS + 1):
        await deliver(context)
        await deliver(context)
        assert whatsapp.tried == attempt
        await clock.on(timedelta(hours=1))
    assert (await confirmation(context, turno))["status"] == "failed"


async def test_a_channel_that_recovers_gets_the_message(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    whatsapp.moods.extend(["later", "broken"])
    await tell(context, *turno.known(), turno.confirmed())
    for _ in range(3):
        await deliver(context)
        await clock.on(timedelta(minutes=1))
    assert (await confirmation(context, turno))["attempts"] == 3
    assert len(whatsapp.taken) == 1


async def test_a_message_nobody_answered_for_is_tried_once_more_and_counted(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    whatsapp.mood = "silent"
    before = undecided()
    await tell(context, *turno.known(), turno.confirmed())
    for _ in range(4):
        await deliver(context)
        await clock.on(timedelta(hours=1))
    assert (whatsapp.tried, undecided() - before) == (2, 2)
    row = await confirmation(context, turno)
    assert (row["status"], row["reason"], row["doubts"]) == ("failed", "undecided", 2)


async def crash_while_sending(context: NotificationsContext, whatsapp: FakeChannel) -> None:
    """The worker dies after the channel took the message and before the mark."""
    whatsapp.gate = asyncio.Event()
    tried = whatsapp.tried
    job = asyncio.create_task(deliver_whatsapp(context, "barber"))
    await eventually(lambda: whatsapp.tried > tried)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    whatsapp.gate = None


async def test_a_crash_between_acceptance_and_mark_is_repeated_once_and_counted(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    before = undecided()
    await tell(context, *turno.known(), turno.confirmed())
    await crash_while_sending(context, whatsapp)
    await deliver(context)
    assert (await confirmation(context, turno))["status"] == "sending"
    await clock.on(timedelta(seconds=31))
    await deliver(context)
    row = await confirmation(context, turno)
    assert (row["status"], row["doubts"], undecided() - before) == ("sent", 1, 1)


async def test_a_second_crash_gives_the_message_up(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    for _ in range(2):
        await crash_while_sending(context, whatsapp)
        await clock.on(timedelta(seconds=31))
    await deliver(context)
    row = await confirmation(context, turno)
    assert (row["status"], row["reason"], whatsapp.tried) == ("failed", "undecided", 2)
    assert [event.type for event in await published(context.uow, "barber", row["id"])] == ["notification.failed"]


async def test_a_worker_that_outlived_its_lease_does_not_overwrite_the_next_ones_mark(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    gate = whatsapp.gate = asyncio.Event()
    slow = asyncio.create_task(deliver_whatsapp(context, "barber"))
    await eventually(lambda: whatsapp.tried == 1)
    await clock.on(timedelta(seconds=31))
    whatsapp.gate = None
    await deliver(context)
    gate.set()
    await slow
    row = await confirmation(context, turno)
    assert (row["status"], row["version"]) == ("sent", 1)
    assert len(await published(context.uow, "barber", row["id"])) == 1


async def test_several_workers_send_each_message_once(context: NotificationsContext, whatsapp: FakeChannel) -> None:
    booked = [Turno() for _ in range(12)]
    for turno in booked:
        await tell(context, *turno.known(), turno.confirmed())
    await asyncio.gather(*(deliver_whatsapp(context, "barber") for _ in range(4)))
    await deliver(context)
    assert sorted(letter.notification_id for letter in whatsapp.taken) == sorted(
        [(await confirmation(context, turno))["id"] for turno in booked]
    )


async def test_a_slow_channel_holds_up_no_other(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    gate = whatsapp.gate = asyncio.Event()
    slow = asyncio.create_task(deliver_whatsapp(context, "barber"))
    await eventually(lambda: whatsapp.tried == 1)
    await deliver(replace(context, paused=frozenset({Channel.WHATSAPP})))
    assert len(email.taken) == 1
    gate.set()
    await slow


async def test_a_paused_channel_sends_nothing_and_loses_nothing(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    await deliver(replace(context, paused=frozenset({Channel.WHATSAPP})))
    assert whatsapp.tried == 0
    await deliver(context)
    assert len(whatsapp.taken) == 1


async def test_a_muted_channel_gets_confirmations_and_the_other_one_the_reminders(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, clock: Clock
) -> None:
    async with context.uow.begin("barber") as work:
        await work.run(UPSERT_PREFERENCE, account_id=turno.account, muted=["whatsapp"])
    await tell(context, *turno.known(), turno.confirmed())
    await clock.to(turno.starts_at - timedelta(hours=4))
    await deliver(context)
    assert ("booking_reminder", "email", "sent", None) in await states(context, turno.account)
    assert (len(whatsapp.taken), len(email.taken)) == (1, 2)


async def test_a_person_who_wants_no_reminders_gets_none(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    async with context.uow.begin("barber") as work:
        await work.run(UPSERT_PREFERENCE, account_id=turno.account, muted=["email", "whatsapp"])
    await clock.to(turno.starts_at - timedelta(hours=4))
    await deliver(context)
    assert ("booking_reminder", "whatsapp", "void", "muted") in await states(context, turno.account)
    assert (len(whatsapp.taken), len(email.taken)) == (1, 1)


async def test_a_contact_sealed_with_a_key_we_lost_is_tried_until_it_is_given_up(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    await tell(context, *turno.known(), turno.confirmed())
    blind = replace(context, contact_keys={})
    for _ in range(ATTEMPTS):
        await deliver(blind)
        await clock.on(timedelta(hours=1))
    row = await confirmation(context, turno)
    assert (row["status"], row["reason"], whatsapp.tried) == ("failed", "contact_unreadable", 0)


async def test_each_sent_message_leaves_one_line_with_its_trace_and_ids_alone(
    context: NotificationsContext, turno: Turno, capsys: pytest.CaptureFixture[str]
) -> None:
    await tell(context, *turno.known(), turno.confirmed(), traceparent=TRACE)
    await deliver(context)
    lines = [line for line in capsys.readouterr().out.splitlines() if "notification.sent" in line]
    assert len(lines) == 2
    assert all(TRACE.split("-")[1] in line and str(turno.id) in line for line in lines)
