"""WhatsApp Cloud API: approved templates with body parameters.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages and .../support/error-codes
"""

import asyncio
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx
from pydantic import SecretStr

from notifications.clients.texts import TemplateText, Texts
from notifications.domain.letter import Letter
from notifications.domain.notification import CODES
from notifications.domain.outcome import Accepted, Outcome, Refused, TryLater, Unclear

VERSION: Final = "v22.0"
TIMEOUT_SECONDS: Final = 10.0
_HTTP_TIMEOUT: Final = httpx.Timeout(TIMEOUT_SECONDS, connect=5.0, pool=5.0)
_NOT_THIS_FORM: Final = Refused("whatsapp_131030")
# Limits and our own credentials say nothing about the message, whatever status they come with.
_THROTTLED: Final = frozenset({80007, 130429, 131048, 131056})
_NOT_THE_MESSAGE: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
)
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_MOST_RETRY_AFTER: Final = 3600


def number_forms(phone: str) -> tuple[str, ...]:
    """An Argentine mobile as 549 + 10 digits, then as 54 + 10 digits, which some set-ups want; others as they are."""
    digits = re.sub(r"\D", "", phone)
    mobile = re.fullmatch(r"549?(\d{10})", digits)
    return (f"549{mobile[1]}", f"54{mobile[1]}") if mobile else (digits,)


class WhatsApp:
    """One phone number's messages. Which number form it takes is a property of the set-up: the winner is kept."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        token: SecretStr,
        phone_number_id: str,
        texts: Texts,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._http, self._texts, self._seconds = http, texts, timeout_seconds
        self._url = f"{url.rstrip('/')}/{VERSION}/{phone_number_id}/messages"
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._first = 0

    async def send(self, letter: Letter) -> Outcome:
        """One attempt, with the number's other form when the first is not allowed (error 131030)."""
        text = self._texts.whatsapp(letter)
        forms = number_forms(letter.to)
        outcome: Outcome = _NOT_THIS_FORM
        for turn in range(len(forms)):
            form = (self._first + turn) % len(forms)
            outcome = await self._post(_body(letter, text, forms[form]))
            if outcome == _NOT_THIS_FORM:
                continue
            if isinstance(outcome, Accepted) and len(forms) > 1:
                self._first = form
            break
        return outcome

    async def _post(self, body: dict[str, Any]) -> Outcome:
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._http.post(self._url, json=body, headers=self._headers, timeout=_HTTP_TIMEOUT)
        except _NEVER_LEFT:
            return TryLater("whatsapp_unreachable")
        except (httpx.HTTPError, TimeoutError):
            return Unclear("whatsapp_no_answer")
        return _outcome(reply)


def _outcome(reply: httpx.Response) -> Outcome:
    if reply.is_success:
        try:
            return Accepted(str(reply.json()["messages"][0]["id"]))
        except (ValueError, KeyError, IndexError, TypeError):
            return Unclear("whatsapp_unreadable")
    code = _error_code(reply)
    reason = f"whatsapp_{code or reply.status_code}"
    if reply.status_code == HTTPStatus.GATEWAY_TIMEOUT:
        return Unclear(reason)
    if reply.is_server_error or code in _THROTTLED or reply.status_code in _NOT_THE_MESSAGE:
        return TryLater(reason, _retry_after(reply))
    return Refused(reason)


def _error_code(reply: httpx.Response) -> int:
    """The Graph API's own code, 0 when the body is not its own."""
    try:
        return int(reply.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return 0


def _retry_after(reply: httpx.Response) -> timedelta:
    seconds = reply.headers.get("retry-after", "")
    return timedelta(seconds=min(int(seconds), _MOST_RETRY_AFTER) if seconds.isdecimal() else 0)


def _body(letter: Letter, text: TemplateText, to: str) -> dict[str, Any]:
    """`biz_opaque_callback_data` comes back in delivery reports: our id, so that no lookup by phone is needed."""
    parameters = [{"type": "text", "text": parameter} for parameter in text.parameters]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
    if letter.template in CODES:
        # An authentication template has a button that copies the code, which takes the code once more.
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": parameters})
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "template",
        "template": {"name": letter.template, "language": {"code": "es_AR"}, "components": components},
        "biz_opaque_callback_data": str(letter.notification_id),
    }
