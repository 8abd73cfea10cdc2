"""What every channel promises; the real ones on the wire and the fake pass the same tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from services.notifications.tests.conftest import Sandbox
from services.notifications.tests.fakes import FakeChannel, Mood
from services.notifications.tests.letters import letter

from notifications.clients import Sender
from notifications.clients.mail import Mail, MailServer
from notifications.clients.texts import Texts
from notifications.clients.whatsapp import WhatsApp
from notifications.domain.letter import Letter
from notifications.domain.notification import Channel, Template
from notifications.domain.outcome import Accepted, Outcome, Refused, TryLater, Unclear
from sandbox.testing import WHATSAPP_TOKEN, bind

FROM = "turnos@barberpro.local"
KNOBS: dict[Channel, dict[Mood, dict[str, object]]] = {
    Channel.WHATSAPP: {
        "well": {},
        "later": {"whatsapp_error_rate": 1, "whatsapp_error_code": 131000},
        "never": {"whatsapp_error_rate": 1, "whatsapp_error_code": 131026},
        "silent": {"whatsapp_timeout_after_accept": 1, "hold_seconds": 30},
    },
    Channel.EMAIL: {
        "well": {},
        "later": {"mail_refuse": 1, "mail_refuse_code": 451},
        "never": {"mail_refuse": 1, "mail_refuse_code": 550},
    },
}


@dataclass(frozen=True)
class Rig:
    """A channel, how to spoil the mood of what is behind it, and what it has received of one letter."""

    channel: Channel
    sender: Sender
    spoil: Callable[[Mood], Awaitable[None]]
    received: Callable[[Letter], Awaitable[list[str]]]

    async def send(self, template: Template = Template.CONFIRMED) -> tuple[Letter, Outcome]:
        sent = letter(template, self.channel)
        return sent, await self.sender.send(sent)


def fake_rig(channel: Channel) -> Rig:
    fake = FakeChannel(channel)

    async def spoil(mood: Mood) -> None:
        fake.mood = mood

    async def received(sent: Letter) -> list[str]:
        return fake.received(sent.notification_id)

    return Rig(channel, fake, spoil, received)


def real_rig(channel: Channel, sender: Sender, sandbox: Sandbox) -> Rig:
    async def spoil(mood: Mood) -> None:
        await sandbox.turn(**KNOBS[channel][mood])

    async def received(sent: Letter) -> list[str]:
        found = await sandbox.messages(channel=channel.value)
        return [message["body"] for message in found if message["reference"] == str(sent.notification_id)]

    return Rig(channel, sender, spoil, received)


@pytest.fixture
async def whatsapp_api(sandbox: Sandbox) -> AsyncIterator[WhatsApp]:
    async with httpx.AsyncClient() as http:
        yield WhatsApp(http, sandbox.url, SecretStr(WHATSAPP_TOKEN), "104857600", Texts(), timeout_seconds=0.5)


@pytest.fixture
def smtp(sandbox: Sandbox) -> Mail:
    return Mail(MailServer("127.0.0.1", sandbox.smtp_port), FROM, Texts())


@pytest.fixture(params=["whatsapp", "whatsapp in memory", "email", "email in memory"])
def rig(request: pytest.FixtureRequest, rigs: dict[str, Rig]) -> Rig:
    return rigs[request.param]


SAYS = {
    Template.CODE: "482913",
    Template.WITHDRAWAL_CODE: "482913",
    Template.PAYOUT_SENT: "$3.000,50",
    Template.PAYOUT_FAILED: "$3.000,50",
    Template.ACCOUNT_CHANGED: "Ana",
    Template.ACCOUNT_REFUSED: "Ana",
    Template.CREDIT_GRANTED: "$3.000,50",
}
"""What those say that tell of no turno."""


@pytest.fixture
def rigs(sandbox: Sandbox, whatsapp_api: WhatsApp, smtp: Mail) -> dict[str, Rig]:
    return {
        "whatsapp": real_rig(Channel.WHATSAPP, whatsapp_api, sandbox),
        "whatsapp in memory": fake_rig(Channel.WHATSAPP),
        "email": real_rig(Channel.EMAIL, smtp, sandbox),
        "email in memory": fake_rig(Channel.EMAIL),
    }


@pytest.mark.parametrize("template", Template)
async def test_a_letter_that_is_accepted_was_received_once(rig: Rig, template: Template) -> None:
    sent, outcome = await rig.send(template)
    assert isinstance(outcome, Accepted)
    assert outcome.message_id
    (said,) = await rig.received(sent)
    assert SAYS.get(template, "15:30 hs") in said


async def test_what_may_pass_later_is_told_apart_and_nothing_was_received(rig: Rig) -> None:
    await rig.spoil("later")
    sent, outcome = await rig.send()
    assert isinstance(outcome, TryLater)
    assert await rig.received(sent) == []
    await rig.spoil("well")
    assert isinstance(await rig.sender.send(sent), Accepted)


async def test_what_never_passes_is_told_apart(rig: Rig) -> None:
    await rig.spoil("never")
    sent, outcome = await rig.send()
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(rig.channel.value)
    assert await rig.received(sent) == []


# The sandbox's mail server always answers; one that does not is played further down.
@pytest.mark.parametrize("name", ["whatsapp", "whatsapp in memory", "email in memory"])
async def test_a_letter_that_was_taken_without_an_answer_is_unclear(rigs: dict[str, Rig], name: str) -> None:
    rig = rigs[name]
    await rig.spoil("silent")
    sent, outcome = await rig.send()
    assert isinstance(outcome, Unclear)
    assert len(await rig.received(sent)) == 1


@asynccontextmanager
async def mail_server(last_words: bytes | None) -> AsyncIterator[int]:
    """A server that takes a mail and then says this; None closes the line instead."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = {b"EHLO": b"250 here\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go\r\n"}
        writer.write(b"220 here\r\n")
        while not (line := await reader.readline()).startswith(b".\r\n") and line:
            if answer := answers.get(line[:4].upper()):
                writer.write(answer)
        writer.write(last_words or b"")
        writer.close()

    listener = bind(range(24200, 24300))
    server = await asyncio.start_server(serve, sock=listener)
    async with server:
        yield listener.getsockname()[1]


async def test_a_mail_server_that_hangs_up_after_the_text_leaves_a_doubt() -> None:
    async with mail_server(None) as port:
        outcome = await Mail(MailServer("127.0.0.1", port), FROM, Texts()).send(letter(channel=Channel.EMAIL))
    assert outcome == Unclear("email_no_answer")


async def test_a_mail_server_that_refuses_the_text_for_now_is_asked_again() -> None:
    async with mail_server(b"452 4.2.2 full\r\n") as port:
        outcome = await Mail(MailServer("127.0.0.1", port), FROM, Texts()).send(letter(channel=Channel.EMAIL))
    assert outcome == TryLater("email_452")


async def test_a_mail_server_that_is_away_is_asked_again() -> None:
    outcome = await Mail(MailServer("127.0.0.1", 1), FROM, Texts()).send(letter(channel=Channel.EMAIL))
    assert outcome == TryLater("email_unreachable")


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.com", "a@b@c", "@", "ana@example.com\r\nBcc: x@y.z"])
async def test_what_is_no_address_is_refused_without_a_word_of_it(smtp: Mail, address: str) -> None:
    assert await smtp.send(letter(channel=Channel.EMAIL, to=address)) == Refused("email_address")


async def test_a_whatsapp_api_that_is_away_is_asked_again() -> None:
    async with httpx.AsyncClient() as http:
        away = WhatsApp(http, "http://127.0.0.1:1", SecretStr("t"), "1", Texts())
        assert await away.send(letter()) == TryLater("whatsapp_unreachable")


async def test_a_limit_and_its_pause_are_heeded() -> None:
    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"error": {"code": 130429}}, headers={"Retry-After": "90"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        outcome = await WhatsApp(http, "http://graph", SecretStr("t"), "1", Texts()).send(letter())
    assert outcome == TryLater("whatsapp_130429", timedelta(seconds=90))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": {"code": 190}}, TryLater("whatsapp_190")),
        (400, {"error": {"code": 131048}}, TryLater("whatsapp_131048")),
        (400, {"error": {"code": 132000}}, Refused("whatsapp_132000")),
        (404, "nothing here", Refused("whatsapp_404")),
        (502, "<html>", TryLater("whatsapp_502")),
        (504, "<html>", Unclear("whatsapp_504")),
        (200, {"messages": []}, Unclear("whatsapp_unreadable")),
        (200, "<html>", Unclear("whatsapp_unreadable")),
    ],
)
async def test_an_answer_is_read_by_what_it_says_of_the_message(status: int, body: object, expected: Outcome) -> None:
    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body) if isinstance(body, dict) else httpx.Response(status, text=str(body))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        assert await WhatsApp(http, "http://graph", SecretStr("t"), "1", Texts()).send(letter()) == expected
