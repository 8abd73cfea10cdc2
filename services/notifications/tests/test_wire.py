"""What leaves the house, byte for byte as the sandbox got it; and the whole service on the wire."""

import asyncio
from collections.abc import AsyncIterator
from email import message_from_string, policy
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from services.notifications.tests.builders import Turno, deliver, rows, states, tell
from services.notifications.tests.conftest import Sandbox
from services.notifications.tests.letters import BOOKING, FRIDAY, booking, letter

from notifications.clients.mail import Mail, MailServer
from notifications.clients.texts import Texts
from notifications.clients.whatsapp import WhatsApp, number_forms
from notifications.domain.calendar import invite
from notifications.domain.notification import Channel, Template
from notifications.domain.outcome import Accepted, Refused
from notifications.usecases import NotificationsContext
from sandbox.testing import WHATSAPP_TOKEN


@pytest.fixture
async def whatsapp_api(sandbox: Sandbox) -> AsyncIterator[WhatsApp]:
    async with httpx.AsyncClient() as http:
        yield WhatsApp(http, sandbox.url, SecretStr(WHATSAPP_TOKEN), "104857600", Texts())


@pytest.mark.parametrize(
    ("phone", "forms"),
    [
        ("+5493515551234", ("5493515551234", "543515551234")),
        ("+543515551234", ("5493515551234", "543515551234")),
        ("+5491155512345", ("5491155512345", "541155512345")),
        ("+59899123456", ("59899123456",)),
    ],
)
def test_an_argentine_mobile_has_two_forms(phone: str, forms: tuple[str, ...]) -> None:
    assert number_forms(phone) == forms


async def test_a_template_goes_out_with_its_parameters_and_our_id(sandbox: Sandbox, whatsapp_api: WhatsApp) -> None:
    sent = letter()
    await whatsapp_api.send(sent)
    (message,) = await sandbox.messages(channel="whatsapp")
    assert (message["to"], message["reference"]) == ("5493515551234", str(sent.notification_id))
    template = message["content"]["template"]
    assert (template["name"], template["language"]) == ("booking_confirmed", {"code": "es_AR"})
    (body,) = template["components"]
    assert [each["text"] for each in body["parameters"]] == [
        "Ana",
        "turno de Corte",
        "Barbería Don José",
        "viernes 20 de noviembre a las 15:30 hs",
        "San Martín 100, Córdoba",
        "Cancelá",
        str(BOOKING),
        f"https://barberpro.com.ar/arrepentimiento?reserva={BOOKING}",
    ]


async def test_a_code_goes_out_in_the_text_and_in_the_button_that_copies_it(
    sandbox: Sandbox, whatsapp_api: WhatsApp
) -> None:
    await whatsapp_api.send(letter(Template.CODE))
    (message,) = await sandbox.messages(channel="whatsapp")
    components = message["content"]["template"]["components"]
    assert [(each["type"], each["parameters"][0]["text"]) for each in components] == [
        ("body", "482913"),
        ("button", "482913"),
    ]


async def test_a_setup_that_wants_the_other_form_gets_it_and_is_remembered(
    sandbox: Sandbox, whatsapp_api: WhatsApp
) -> None:
    await sandbox.turn(whatsapp_number_form="54")
    assert isinstance(await whatsapp_api.send(letter()), Accepted)
    await sandbox.turn(whatsapp_number_form="549")
    assert isinstance(await whatsapp_api.send(letter()), Accepted)
    assert [each["to"] for each in await sandbox.messages()] == ["543515551234", "5493515551234"]


async def test_a_number_that_is_allowed_in_no_form_is_refused(sandbox: Sandbox, whatsapp_api: WhatsApp) -> None:
    await sandbox.turn(whatsapp_number_form="54")
    assert await whatsapp_api.send(letter(to="+59899123456")) == Refused("whatsapp_131030")


def parts_of(message: dict[str, Any]) -> dict[str, Any]:
    mail = message_from_string(message["content"]["raw"], policy=policy.default)
    return {part.get_content_type(): part for part in mail.walk()}


async def test_a_mail_carries_text_html_and_the_calendar_file(sandbox: Sandbox) -> None:
    file = invite(booking(), "Turno de Corte con Barbería Don José", "San Martín 100, Córdoba", FRIDAY)
    sent = letter(channel=Channel.EMAIL, invite=file)
    await Mail(MailServer("127.0.0.1", sandbox.smtp_port), "turnos@barberpro.local", Texts()).send(sent)
    (message,) = await sandbox.messages(channel="email")
    assert (message["to"], message["from"]) == ("ana.canario@example.com", "turnos@barberpro.local")
    assert message["id"] == f"<{sent.notification_id}@barberpro.local>"
    parts = parts_of(message)
    assert "Confirmamos tu turno de Corte." in parts["text/plain"].get_content()
    assert "<p>Confirmamos tu turno de Corte.</p>" in parts["text/html"].get_content()
    calendar = parts["text/calendar"]
    assert (calendar.get_filename(), calendar.get_param("method")) == ("cita.ics", "PUBLISH")
    assert "SUMMARY:Turno de Corte con Barbería Don José" in calendar.get_content()


async def test_the_whole_service_tells_the_sandbox_once_however_often_it_hears(
    wired: NotificationsContext, sandbox: Sandbox, turno: Turno
) -> None:
    await tell(wired, *turno.known(), turno.confirmed())
    await asyncio.gather(*(deliver(wired) for _ in range(3)))
    for _ in range(9):
        await tell(wired, turno.confirmed())
        await deliver(wired)
    messages = await sandbox.messages()
    assert sorted(message["channel"] for message in messages) == ["email", "whatsapp"]
    sent = {str(row["id"]) for row in await rows(wired, turno.account) if row["status"] == "sent"}
    assert {message["reference"] for message in messages} == sent


async def test_a_cancellation_withdraws_the_calendar_entry(
    wired: NotificationsContext, sandbox: Sandbox, turno: Turno
) -> None:
    await tell(wired, *turno.known(), turno.confirmed())
    await deliver(wired)
    await tell(wired, turno.cancelled())
    await deliver(wired)
    confirmed, cancelled = (parts_of(each)["text/calendar"] for each in await sandbox.messages(channel="email"))
    assert (confirmed.get_param("method"), cancelled.get_param("method")) == ("PUBLISH", "CANCEL")


async def test_a_channel_that_is_down_for_a_while_loses_nothing(
    wired: NotificationsContext, sandbox: Sandbox, turno: Turno
) -> None:
    await sandbox.turn(whatsapp_error_rate=1, mail_refuse=1)
    await tell(wired, *turno.known(), turno.confirmed())
    await deliver(wired)
    assert await sandbox.messages() == []
    found = [state for state in await states(wired, turno.account) if state[0] == "booking_confirmed"]
    assert found == [
        ("booking_confirmed", "email", "pending", "email_451"),
        ("booking_confirmed", "whatsapp", "pending", "whatsapp_131000"),
    ]
