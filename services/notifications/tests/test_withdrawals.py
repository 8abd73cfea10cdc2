"""Withdrawals: the code goes closed to the client's own contact, once; the receipt on each channel."""

from datetime import UTC, datetime, timedelta

import pytest
from services.notifications.tests.builders import KEY, Turno, deliver, rows, states, tell
from services.notifications.tests.fakes import FakeChannel

from common.contacts import Contact, Verification, seal
from contracts.ids import WithdrawalId, new_id
from contracts.payments import WithdrawalCode, WithdrawalConfirmed
from notifications.usecases import NotificationsContext

TRACKING = "ARR-ABC234"


def code_of(turno: Turno, channel: str = "whatsapp", minutes: int = 10, key: bytes = KEY) -> WithdrawalCode:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    inside = Contact("", verification=Verification("482913", channel, until.isoformat()))
    closed = seal(inside, turno.account, 1, "k1", key)
    return WithdrawalCode(
        version=1,
        withdrawal_id=WithdrawalId(new_id()),
        client_id=turno.account,
        booking_id=turno.id,
        channel=channel,
        expires_at=until,
        tracking_code=TRACKING,
        key_id=closed.key_id,
        nonce=closed.nonce,
        sealed=closed.sealed,
    )


def confirmed(turno: Turno) -> WithdrawalConfirmed:
    return WithdrawalConfirmed(
        version=2,
        withdrawal_id=WithdrawalId(new_id()),
        booking_id=turno.id,
        provider_id=turno.provider_id,
        client_id=turno.account,
        tracking_code=TRACKING,
    )


async def test_a_code_goes_once_to_the_channel_that_was_named_and_is_wiped(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known())
    code = code_of(turno)
    for _ in range(3):
        await tell(context, code)
        await deliver(context)
    assert whatsapp.said == ["Tu código para arrepentirte de tu reserva es 482913. Por tu seguridad, no lo compartas."]
    assert (whatsapp.taken[0].to, email.taken) == (turno.contact.phone, [])
    (row,) = await rows(context, turno.account)
    assert (row["status"], row["code_sealed"]) == ("sent", None)


async def test_a_code_by_mail_says_the_tracking_code_too(
    context: NotificationsContext, email: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), code_of(turno, "email"))
    await deliver(context)
    (said,) = email.said
    assert "482913" in said
    assert TRACKING in said


async def test_no_row_holds_a_code_that_can_be_read(context: NotificationsContext, turno: Turno) -> None:
    await tell(context, *turno.known(), code_of(turno))
    (row,) = await rows(context, turno.account)
    assert "482913" not in str(dict(row))


async def test_a_code_is_never_sent_late(context: NotificationsContext, whatsapp: FakeChannel, turno: Turno) -> None:
    await tell(context, *turno.known(), code_of(turno, minutes=-1))
    await deliver(context)
    assert whatsapp.taken == []
    assert await states(context, turno.account) == [("withdrawal_code", "whatsapp", "void", "too_late")]


async def test_a_code_closed_with_a_key_we_do_not_have_waits(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), code_of(turno, key=bytes(32)))
    await deliver(context)
    assert whatsapp.taken == []
    assert await states(context, turno.account) == [("withdrawal_code", "whatsapp", "pending", "contact_unreadable")]


async def test_a_channel_of_the_future_is_passed_over(context: NotificationsContext, turno: Turno) -> None:
    await tell(context, *turno.known(), code_of(turno, "pigeon"))
    assert await states(context, turno.account) == []


@pytest.mark.parametrize("before", [True, False])
async def test_a_receipt_goes_on_each_channel_once_the_booking_is_known(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno, *, before: bool
) -> None:
    fact = confirmed(turno)
    await tell(context, *turno.known(), *([turno.created()] if before else []), fact, fact)
    await deliver(context)
    if not before:
        assert whatsapp.taken == []
        await tell(context, turno.created())
        await hurry(context, turno)
        await deliver(context)
    (said,) = whatsapp.said
    assert said.startswith("Hola Ana, recibimos tu arrepentimiento por tu turno de Corte con Barbería Modelo del ")
    assert f"Tu código de seguimiento es {TRACKING}: guardalo." in said
    assert len(email.said) == 1


async def hurry(context: NotificationsContext, turno: Turno) -> None:
    async with context.uow.begin("barber") as work:
        await work.connection.execute("UPDATE notification SET due_at = app_now() WHERE account_id = $1", turno.account)


async def test_an_erased_client_is_written_to_no_more(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    await tell(context, *turno.known(), turno.created(), code_of(turno), confirmed(turno), turno.erased())
    await deliver(context)
    assert whatsapp.taken == []
    assert {(status, reason) for _, _, status, reason in await states(context, turno.account)} == {("void", "erased")}
