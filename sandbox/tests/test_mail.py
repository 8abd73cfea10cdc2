"""The mail sink: stored per recipient before 250, refused when told to."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from sandbox.testing import bind, in_process, settings_for


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """A client, and the port mail is taken on."""
    listener = bind(range(24000, 24100))
    port = listener.getsockname()[1]
    async with in_process(settings_for(tmp_path / "sandbox.db"), listener) as client:
        yield client, port


def mail(to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "turnos@barberpro.local", to
    message["Subject"] = "Tu turno está confirmado"
    message["X-Notification-Id"] = "ntf-1"
    message.set_content("Te esperamos el viernes a las 15:30 hs.")
    message.add_alternative("<p>Te esperamos el viernes.</p>", subtype="html")
    return message


async def deliver(port: int, message: EmailMessage) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
            smtp.send_message(message)

    await asyncio.to_thread(send)


async def test_a_mail_is_listed_for_each_recipient(mailbox: tuple[httpx.AsyncClient, int]) -> None:
    client, port = mailbox

    await deliver(port, mail("ana@example.com, Beto@Example.com"))

    listed = (await client.get("/sandbox/messages", params={"channel": "email"})).json()["messages"]
    assert [each["to"] for each in listed] == ["ana@example.com", "beto@example.com"]
    (one,) = (await client.get("/sandbox/messages", params={"to": "Beto@example.com"})).json()["messages"]
    assert one["from"] == "turnos@barberpro.local"
    assert (one["subject"], one["reference"]) == ("Tu turno está confirmado", "ntf-1")
    assert one["body"].strip() == "Te esperamos el viernes a las 15:30 hs."
    assert "<p>" in one["content"]["html"]


@pytest.mark.parametrize("code", [451, 550])
async def test_a_refused_mail_is_not_kept(mailbox: tuple[httpx.AsyncClient, int], code: int) -> None:
    client, port = mailbox
    await client.put("/sandbox/knobs", json={"mail_refuse": 1, "mail_refuse_code": code})

    with pytest.raises(smtplib.SMTPDataError) as refused:
        await deliver(port, mail("ana@example.com"))

    assert refused.value.smtp_code == code
    assert (await client.get("/sandbox/messages")).json()["messages"] == []


async def test_ready_says_that_mail_is_taken(mailbox: tuple[httpx.AsyncClient, int]) -> None:
    client, _ = mailbox

    reply = await client.get("/health/ready")

    assert reply.status_code == 200
    assert reply.json()["checks"] == {"store": True, "courier": True, "smtp": True}
