"""One-time codes: to the person at once, from one vertical, once, and never late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.conftest import Clock
from services.notifications.tests.fakes import FakeChannel

from common.uow import UnitOfWork
from contracts.base import Fact
from notifications.usecases import NotificationsContext

VERTICALS = ("barber", "psychology")


def in_minutes(minutes: int) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def tell_all(context: NotificationsContext, *facts: Fact) -> None:
    """The contacts' topic is shared: each vertical's consumer reads it."""
    for vertical in VERTICALS:
        await tell(context, *facts, vertical=vertical)
        await deliver(context, vertical)


async def test_a_code_is_sent_once_although_every_vertical_reads_it(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    code = turno.code(1, in_minutes(10))
    for _ in range(5):
        await tell_all(context, code)
    assert whatsapp.said == ["Tu código de verificación es 482913. Por tu seguridad, no lo compartas."]
    assert email.taken == []


async def test_the_vertical_in_which_the_person_asked_sends_the_code(
    context: NotificationsContext, turno: Turno
) -> None:
    await tell_all(context, turno.code(1, in_minutes(10), vertical="psychology"))
    assert await states(context, turno.account) == []
    assert await states(context, turno.account, "psychology") == [("verification_code", "whatsapp", "sent", None)]


async def test_a_worker_of_one_vertical_alone_leaves_another_verticals_codes(
    context: NotificationsContext, turno: Turno
) -> None:
    uow = UnitOfWork("notifications", {"barber": context.uow._databases["barber"]}, lambda _scope: None)
    await tell(replace(context, uow=uow), turno.code(1, in_minutes(10), vertical="psychology"))
    assert await states(context, turno.account) == []


async def test_a_code_can_go_by_mail(context: NotificationsContext, email: FakeChannel, turno: Turno) -> None:
    await tell_all(context, turno.code(1, in_minutes(10), channel="email"))
    assert [said.splitlines()[2] for said in email.said] == ["Tu código de verificación es 482913."]


async def test_a_code_is_never_sent_after_it_expired(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell_all(context, turno.code(1, in_minutes(-1)))
    assert whatsapp.tried == 0
    assert await states(context, turno.account) == [("verification_code", "whatsapp", "void", "too_late")]


async def test_a_code_that_could_not_be_sent_in_time_is_visibly_dead(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno, clock: Clock
) -> None:
    whatsapp.mood = "later"
    await tell_all(context, turno.code(1, in_minutes(10)))
    await clock.on(timedelta(minutes=11))
    await deliver(context)
    assert whatsapp.tried == 1
    assert await states(context, turno.account) == [("verification_code", "whatsapp", "failed", "whatsapp_busy")]


async def test_a_newer_code_takes_the_place_of_one_not_sent_yet(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, turno.code(1, in_minutes(10)), turno.code(2, in_minutes(10), code="777777"))
    await deliver(context)
    assert [letter.code for letter in whatsapp.taken] == ["777777"]
    assert ("verification_code", "whatsapp", "void", "superseded") in await states(context, turno.account)


async def test_a_code_for_a_channel_we_lack_leaves_the_contact_in_place(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    _, *others = turno.known()
    await tell(context, turno.code(1, in_minutes(10), channel="sms"), *others, turno.confirmed())
    await deliver(context)
    assert [letter.code for letter in whatsapp.taken] == [None]
