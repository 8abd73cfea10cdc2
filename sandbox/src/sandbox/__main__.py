"""`python -m sandbox`: HTTP and SMTP in one process, until SIGTERM."""

import logging
import os
import signal
import socket
import sqlite3
import sys
from types import FrameType

import uvicorn
from pydantic import ValidationError

from sandbox.app import create_app
from sandbox.settings import PREFIX, Settings, explain
from sandbox.store import StoreVersionError

_BAD_SETTINGS = 2
_CANNOT_START = 1
_GRACE_SECONDS = 1


class CannotStartError(Exception):
    """Something outside of the program is in the way; the text says what, in one line."""


def main() -> int:
    """Serve; the exit code is 2 for bad settings, 1 when a port or the data file cannot be had."""
    try:
        settings = Settings()
    except ValidationError as error:
        return _say(explain(error), _BAD_SETTINGS)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # At INFO httpx writes each request's address, which may carry a phone, and aiosmtpd each recipient's.
    for talkative in ("httpx", "mail.log"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        serve(settings)
    except CannotStartError as error:
        return _say(f"sandbox: {error}", _CANNOT_START)
    return 0


def serve(settings: Settings) -> None:
    """Run until a signal. Raises CannotStartError."""
    with (
        _listen(settings.host, settings.port, "PORT") as http,
        _listen(settings.host, settings.smtp_port, "SMTP_PORT") as smtp,
    ):
        server = uvicorn.Server(_config(settings, smtp))
        # uvicorn raises the signal again once it has stopped: then it is time to leave, and leaving was asked for.
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, _leave)
        server.run(sockets=[http])


def _config(settings: Settings, smtp: socket.socket) -> uvicorn.Config:
    try:
        app = create_app(settings, smtp)
    except (OSError, sqlite3.Error) as error:
        raise CannotStartError(f"{PREFIX}DATA_FILE cannot be opened: {error}") from error
    except StoreVersionError as error:
        raise CannotStartError(f"{PREFIX}DATA_FILE is of another version ({error}): remove it") from error
    return uvicorn.Config(
        app,
        log_level=settings.log_level,
        # Queries carry phones and addresses of people: they stay out of the logs.
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=30,
        server_header=False,
    )


def _listen(host: str, port: int, setting: str) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CannotStartError(f"{PREFIX}{setting}: {host}:{port} cannot be bound: {reason}") from error


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _say(line: str, code: int) -> int:
    sys.stderr.write(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
