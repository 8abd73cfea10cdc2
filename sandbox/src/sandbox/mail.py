"""A mail server that accepts everything, stores it, and delivers nothing."""

import asyncio
import json
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox import clock, messages
from sandbox.knobs import KnobBoard
from sandbox.messages import Message
from sandbox.store import Store

MAX_MAIL_BYTES = 1024 * 1024
_REFUSALS = {
    421: "421 4.3.2 Service not available",
    451: "451 4.3.0 Temporarily refused",
    550: "550 5.1.1 Mailbox unavailable",
    552: "552 5.2.2 Mailbox full",
}


class Sink:
    """aiosmtpd's handler: a mail is in the store before the client reads 250."""

    def __init__(self, store: Store, board: KnobBoard) -> None:
        self._store = store
        self._board = board

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        """One row per recipient."""
        if self._board.hits("mail_refuse", self._board.now.mail_refuse):
            return _REFUSALS[self._board.now.mail_refuse_code]
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(raw, policy=policy.default)
        now = clock.now_ms()
        with self._store.write():
            for recipient in envelope.rcpt_tos:
                messages.keep(self._store, _message(mail, raw, envelope.mail_from or "", recipient), now)
        return "250 OK"


class MailServer:
    """The SMTP listener, on the event loop of everything else."""

    def __init__(self, store: Store, board: KnobBoard) -> None:
        self._sink = Sink(store, board)
        self._server: asyncio.Server | None = None

    @property
    def listening(self) -> bool:
        """Whether mail is taken now."""
        return self._server is not None and self._server.is_serving()

    async def start(self, listener: socket.socket) -> None:
        """Accept connections on a bound socket."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._connection(loop), sock=listener)

    async def stop(self) -> None:
        """Take no more mail; whatever had its 250 is stored."""
        if self._server is not None:
            self._server.close()

    def _connection(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self._sink,
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="sandbox.local",
            ident="BarberPro sandbox",
            timeout=60.0,
            loop=loop,
        )


def _message(mail: EmailMessage, raw: bytes, sender: str, recipient: str) -> Message:
    text, html = _part(mail, "plain"), _part(mail, "html")
    headers = {name: str(value) for name, value in mail.items()}
    content = {"headers": headers, "text": text, "html": html, "raw": raw.decode("utf-8", "replace")}
    return Message(
        id=str(mail["Message-ID"] or ""),
        channel="email",
        recipient=recipient,
        sender=sender,
        reference=_header(mail, "X-Notification-Id"),
        subject=_header(mail, "Subject"),
        body=text or html or "",
        content=json.dumps(content, ensure_ascii=False),
    )


def _part(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        # An unknown charset is no reason to lose the mail: the raw text is kept beside.
        return None


def _header(mail: EmailMessage, name: str) -> str | None:
    return None if mail[name] is None else str(mail[name])
