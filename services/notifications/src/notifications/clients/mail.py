"""E-mail over SMTP: text, the same as HTML, and the appointment as a calendar file."""

import asyncio
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException
from pydantic import SecretStr

from notifications.clients.texts import MailText, Texts
from notifications.domain.letter import Letter
from notifications.domain.outcome import Accepted, Outcome, Refused, TryLater, Unclear

TIMEOUT_SECONDS: Final = 10.0
_SENDER_NAME: Final = "BarberPro"
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes our mail. STARTTLS is used wherever it is offered; `tls` means TLS from the first byte."""

    host: str
    port: int
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False


class Mail:
    """A connection per message: a slow or broken one holds up nobody else."""

    def __init__(
        self, server: MailServer, mail_from: str, texts: Texts, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._server, self._from, self._texts, self._seconds = server, mail_from, texts, timeout_seconds

    async def send(self, letter: Letter) -> Outcome:
        """One attempt. Nothing was taken before the connection stood; after that a break leaves it open."""
        recipient = _address(letter.to)
        if recipient is None:
            return Refused("email_address")
        message = self._message(recipient, letter, self._texts.email(letter))
        smtp = self._client()
        try:
            async with asyncio.timeout(self._seconds):
                await smtp.connect()
        except (SMTPException, OSError, TimeoutError):
            smtp.close()
            return TryLater("email_unreachable")
        try:
            return await self._hand_over(smtp, message)
        finally:
            smtp.close()

    async def _hand_over(self, smtp: SMTP, message: EmailMessage) -> Outcome:
        try:
            async with asyncio.timeout(self._seconds):
                await smtp.send_message(message)
        except SMTPRecipientsRefused as refused:
            return _refusal(refused.recipients[0].code)
        except SMTPResponseException as refused:
            return _refusal(refused.code)
        except SMTPNotSupported:
            return Refused("email_address")
        except (SMTPException, OSError, TimeoutError):
            return Unclear("email_no_answer")
        return Accepted(str(message["Message-ID"]))

    def _client(self) -> SMTP:
        server = self._server
        password = server.password.get_secret_value() if server.password is not None else None
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=password,
            use_tls=server.tls,
            timeout=self._seconds,
        )

    def _message(self, recipient: Address, letter: Letter, text: MailText) -> EmailMessage:
        """The Message-ID follows from the notification's id: a second copy is recognised as such where it arrives."""
        message = EmailMessage()
        message["From"] = Address(_SENDER_NAME, addr_spec=self._from)
        message["To"] = recipient
        message["Subject"] = text.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.notification_id}@{self._from.rpartition('@')[2]}>"
        message["X-Notification-Id"] = str(letter.notification_id)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.text)
        message.add_alternative(text.html, subtype="html")
        if letter.invite is not None:
            message.add_attachment(
                letter.invite.content.encode(),
                maintype="text",
                subtype="calendar",
                filename="cita.ics",
                params={"method": letter.invite.method, "charset": "utf-8"},
            )
        return message


def _address(text: str) -> Address | None:
    """None when it is no address; what the parser says of it would quote it."""
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):
        return None


def _refusal(code: int) -> Outcome:
    reason = f"email_{code}"
    return Refused(reason) if code >= _PERMANENT else TryLater(reason)
