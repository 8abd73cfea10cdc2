"""MercadoPago's notifications."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request

from common.app import context_of
from common.errors import BodyTooLarge
from payments import usecases
from payments.domain.notice import Notice, name_or_nothing
from payments.settings import WEBHOOK_PATH
from payments.usecases import PaymentsContext

router = APIRouter(tags=["payments"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
_MOST_WEBHOOK_BYTES: Final = 16 * 1024
_NOTICE: Final[dict[str, Any]] = {"requestBody": {"content": {"application/json": {}}}}


@router.post(WEBHOOK_PATH, responses={401: {}}, openapi_extra=_NOTICE)
async def receive_webhook(
    request: Request,
    context: InContext,
    x_signature: Annotated[str, Header(max_length=500)] = "",
    x_request_id: Annotated[str, Header(max_length=200)] = "",
) -> dict[str, str]:
    """MercadoPago's notifications. Signed ones are kept; of the old unsigned form only the payment's id is noted."""
    query, raw = request.query_params, await _small_body(request)
    if not x_signature and "data.id" not in query and "topic" in query:
        await usecases.keep_hint(context, _notice(query["topic"], query.get("id", ""), "", raw))
    else:
        notice = _notice(query.get("type", "") or query.get("topic", ""), query.get("data.id", ""), x_request_id, raw)
        await usecases.keep_webhook(context, notice, x_signature)
    return {"status": "ok"}


async def _small_body(request: Request) -> bytes:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MOST_WEBHOOK_BYTES:
            raise BodyTooLarge
    return raw


def _notice(topic: str, resource_id: str, request_id: str, raw: bytes) -> Notice:
    return Notice(name_or_nothing(topic), name_or_nothing(resource_id), request_id, raw)
