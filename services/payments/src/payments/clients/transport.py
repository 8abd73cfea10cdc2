"""The wire under MercadoPago's SDK: another base URL, kept connections, exact decimals, and errors told apart."""

import json
import threading
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

import requests
from mercadopago.config.config import Config
from mercadopago.http import HttpClient
from urllib3.exceptions import NewConnectionError

from payments.clients.deadline import WholeDeadline
from payments.clients.port import (
    BrokenDownError,
    MercadoPagoError,
    MissingError,
    NotAcceptedError,
    RefusedError,
    UnansweredError,
    UnreadableError,
)
from payments.clients.wire import codes_of

_SDK_URL: Final = str(Config().api_base_url)
_MOST_BYTES: Final = 4 * 1024 * 1024
_CHUNK: Final = 64 * 1024
DOWNLOAD_SECONDS: Final = 60.0
_DOWNLOAD_TIMEOUT: Final = (5.0, DOWNLOAD_SECONDS)
"""To connect, and for the whole answer."""
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY})
"""Refusals that pass: another request under the same key is being worked on."""
_OWN_FAILURES: Final = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE})
"""Said by MercadoPago and not by a gateway before it, behind which the request may still be worked on."""


class Transport(HttpClient):  # type: ignore[misc]  # mercadopago ships no types
    """Sends what the SDK asks for to `base_url`. One session per thread keeps its connections open."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def request(
        self,
        method: str,
        url: str,
        maxretries: int | None = None,
        retry_on: object = None,
        backoff_factor: object = None,
        **kwargs: Any,
    ) -> Mapping[str, Any]:
        """`{"status", "response"}` of a 2xx. Raises a MercadoPagoError for anything else; never tries twice."""
        try:
            with self._session().request(
                method, url.replace(_SDK_URL, self._base_url, 1), stream=True, allow_redirects=False, **kwargs
            ) as reply:
                raw = _read(reply)
        except requests.exceptions.RequestException as error:
            raise _broken(error) from error
        return {"status": reply.status_code, "response": _judged(reply, raw)}

    def download(self, path: str, headers: Mapping[str, str], most: int) -> BinaryIO:
        """The body of a 2xx as it comes, in a temporary file. Raises a MercadoPagoError for anything else."""
        file = TemporaryFile()  # noqa: SIM115 - it is the caller's once it is whole
        try:
            with self._session().get(
                self._base_url + path,
                headers=dict(headers),
                stream=True,
                allow_redirects=False,
                timeout=_DOWNLOAD_TIMEOUT,
            ) as reply:
                if reply.status_code != HTTPStatus.OK:
                    _judged(reply, _read(reply))
                    raise UnreadableError(f"http-{reply.status_code}")
                _copy(reply, file, most)
        except requests.exceptions.RequestException as error:
            file.close()
            raise _broken(error) from error
        except MercadoPagoError:
            file.close()
            raise
        file.seek(0)
        return file

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # Neither proxies nor a .netrc of the environment may change where the token goes.
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, WholeDeadline())
            self._local.session = session
            self._sessions.append(session)
        return session

    def close(self) -> None:
        """Hang up every kept connection."""
        for session in self._sessions:
            session.close()


def _read(reply: requests.Response) -> bytes:
    raw = b""
    for chunk in reply.iter_content(_CHUNK):
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise UnreadableError("reply too large")
    return raw


def _copy(reply: requests.Response, file: BinaryIO, most: int) -> None:
    size = 0
    for chunk in reply.iter_content(_CHUNK):
        size += len(chunk)
        if size > most:
            raise UnreadableError("file too large")
        file.write(chunk)


def _judged(reply: requests.Response, raw: bytes) -> object:
    status, wait = reply.status_code, _seconds(reply.headers.get("Retry-After"))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise NotAcceptedError("http-429", wait)
    if status in _OWN_FAILURES and isinstance(_parsed(raw), dict):
        raise BrokenDownError(f"http-{status}", wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER or 300 <= status < 400:
        raise UnansweredError(f"http-{status}", wait)
    if status >= HTTPStatus.BAD_REQUEST:
        kind = MissingError if status == HTTPStatus.NOT_FOUND else RefusedError
        raise kind(status, codes_of(_parsed(raw)))
    parsed = _parsed(raw)
    if raw.strip() and parsed is None:
        raise UnansweredError("reply is no JSON")
    return parsed


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _seconds(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 6 else None


def _broken(error: requests.exceptions.RequestException) -> Exception:
    """Only a connection that was never made is a certain no."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NotAcceptedError("connect-timeout")
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError):
        return NotAcceptedError("connection-refused")
    return UnansweredError(type(error).__name__)
