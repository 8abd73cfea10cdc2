"""The WhatsApp Cloud API: `POST /v<NN>.0/{phone_number_id}/messages` for templates and texts."""

import base64
import hmac
import re
import secrets
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from sandbox import clock, messages
from sandbox.bodies import JsonObject, UnreadableBodyError, as_json, read_object
from sandbox.knobs import Knobs
from sandbox.messages import Message
from sandbox.world import Here

router = APIRouter(tags=["WhatsApp Cloud API"])

_VERSION = re.compile(r"^v\d{2}\.0$")
_MOBILE = {"549": re.compile(r"^549\d{10}$"), "54": re.compile(r"^54(?!9)\d{10}$")}
_TEXTS = {
    131000: (500, "Something went wrong", "Message failed to send due to an unknown error."),
    131026: (400, "Message undeliverable", "Message undeliverable."),
    131048: (400, "Spam rate limit hit", "Message failed to send because there are restrictions on how many messages."),
    130429: (429, "Rate limit hit", "Message failed to send because there were too many messages sent."),
}


class GraphError(Exception):
    """A refusal in the Graph API's shape."""

    def __init__(self, status: int, code: int, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details


async def as_response(_: Request, error: Exception) -> JSONResponse:
    """`{"error": {"message", "type", "code", "error_data", "fbtrace_id"}}`."""
    if not isinstance(error, GraphError):
        raise error
    body: JsonObject = {
        "message": f"(#{error.code}) {error.message}",
        "type": "OAuthException",
        "code": error.code,
        "fbtrace_id": secrets.token_urlsafe(12),
    }
    if error.details:
        body["error_data"] = {"messaging_product": "whatsapp", "details": error.details}
    return JSONResponse({"error": body}, status_code=error.status)


@router.post("/{version}/{phone_number_id}/messages")
async def send_message(
    world: Here,
    request: Request,
    version: str,
    phone_number_id: str,
    authorization: Annotated[str | None, Header()] = None,
) -> JSONResponse:
    """Accept a message; the row is committed before the caller reads its id."""
    expected = f"Bearer {world.settings.whatsapp_token.get_secret_value()}"
    if not hmac.compare_digest((authorization or "").encode(), expected.encode()):
        raise GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token")
    if not _VERSION.match(version) or not phone_number_id.isdecimal():
        raise GraphError(400, 100, "Unsupported post request", "Object does not exist or cannot be loaded")
    body = await _read(request)
    message = _message(phone_number_id, body)
    _refuse_by_knobs(world.board.now, message.recipient)
    if world.board.hits("whatsapp_error_rate", world.board.now.whatsapp_error_rate):
        code = world.board.now.whatsapp_error_code
        status, text, details = _TEXTS[code]
        raise GraphError(status, code, text, details)
    with world.store.write():
        messages.keep(world.store, message, clock.now_ms())
    return JSONResponse(_accepted(message, body))


async def _read(request: Request) -> JsonObject:
    try:
        return await read_object(request)
    except UnreadableBodyError as error:
        raise GraphError(error.status, 100, "Invalid parameter", "The body is not a JSON object") from error


def _message(sender: str, body: JsonObject) -> Message:
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(400, 100, "The parameter messaging_product is required.", "messaging_product must be whatsapp")
    recipient = body.get("to")
    if not isinstance(recipient, str) or not 8 <= len(messages.normal("whatsapp", recipient)) <= 15:
        raise GraphError(400, 100, "The parameter to is required.", "to must be a phone number with its country code")
    return Message(
        id="wamid." + base64.b64encode(f"{recipient}{secrets.token_hex(12)}".encode()).decode(),
        channel="whatsapp",
        recipient=recipient,
        sender=sender,
        reference=_reference(body),
        subject=_template_name(body),
        body=_readable(body),
        content=as_json(body),
    )


def _reference(body: JsonObject) -> str | None:
    """The sender's own id travels as `biz_opaque_callback_data`."""
    value = body.get("biz_opaque_callback_data")
    return None if value is None else str(value)[:512]


def _template_name(body: JsonObject) -> str | None:
    return str(body["template"].get("name")) if isinstance(body.get("template"), dict) else None


def _readable(body: JsonObject) -> str:
    """What the person reads: the text, or the template's name with its parameters."""
    kind = body.get("type", "text")
    if kind == "text":
        return _text(body.get("text"))
    if kind == "template":
        return _template(body.get("template"))
    raise GraphError(400, 100, "Invalid parameter", "type must be text or template")


def _text(text: object) -> str:
    said = text.get("body") if isinstance(text, dict) else None
    if not isinstance(said, str) or not 0 < len(said) <= 4096:
        raise GraphError(400, 100, "Invalid parameter", "text.body must have 1 to 4096 characters")
    return said


def _template(template: object) -> str:
    if not isinstance(template, dict) or not template.get("name"):
        raise GraphError(400, 132000, "Invalid template", "template.name is required")
    language = template.get("language")
    if not isinstance(language, dict) or not language.get("code"):
        raise GraphError(400, 100, "Invalid parameter", "template.language.code is required")
    said = [
        str(parameter.get("text", ""))
        for part in template.get("components") or []
        if isinstance(part, dict)
        for parameter in part.get("parameters") or []
        if isinstance(parameter, dict)
    ]
    return f"[{template['name']}] {' | '.join(said)}".strip()


def _refuse_by_knobs(knobs: Knobs, recipient: str) -> None:
    form = knobs.whatsapp_number_form
    if form != "any" and not _MOBILE[form].match(messages.normal("whatsapp", recipient)):
        raise GraphError(
            400,
            131030,
            "Recipient phone number not in allowed list",
            "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.",
        )


def _accepted(message: Message, body: JsonObject) -> JsonObject:
    made: JsonObject = {"id": message.id}
    if body.get("type") == "template":
        made["message_status"] = "accepted"
    digits = messages.normal("whatsapp", message.recipient)
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": message.recipient, "wa_id": digits}],
        "messages": [made],
    }
