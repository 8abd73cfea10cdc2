"""The live feed as server-sent events."""

from collections.abc import AsyncIterator
from functools import lru_cache
from time import time
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BeforeValidator
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from analytics import usecases
from analytics.api.bodies import TicketReply
from analytics.metrics import STREAM_ENDED
from analytics.usecases import FOLLOWERS, AnalyticsContext, Message, Stream
from common.app import context_of
from common.errors import Unauthenticated
from common.http import Caller, InVertical, MaybeCaller

router = APIRouter(prefix="/api/v1/analytics/stream", tags=["analytics"])
InContext = Annotated[AnalyticsContext, Depends(context_of)]
HEARTBEAT_SECONDS: Final = 10
_SEND_SECONDS: Final = 15
_MAX_ID: Final = 2**63 - 1
_REMEMBERED: Final = 1_024

_EventId = Annotated[int | None, BeforeValidator(lambda value: value or None)]
LastEventId = Annotated[_EventId, Header(ge=0, le=_MAX_ID)]
LastEventIdInQuery = Annotated[
    _EventId, Query(alias="lastEventId", ge=0, le=_MAX_ID, description="For a new EventSource, which sends no header")
]


@lru_cache(maxsize=_REMEMBERED)
def encoded(message: Message) -> bytes:
    """A server-sent event; once for all clients, for they are sent the same message at nearly the same time."""
    body = orjson.dumps(message.data, default=str).decode()
    id_ = str(message.id) if message.id is not None else None
    return ServerSentEvent(body, event=message.kind, id=id_).encode()


async def encoded_chunks(stream: Stream, seconds: float) -> AsyncIterator[bytes]:
    """The stream's messages as they go over the wire."""
    async for messages in stream.messages(seconds):
        yield b"".join(map(encoded, messages))


class LiveResponse(EventSourceResponse):
    """A stream that always leaves its hub, and ends quietly when a client takes nothing any more."""

    def __init__(self, stream: Stream, seconds: float) -> None:
        super().__init__(
            encoded_chunks(stream, seconds),
            ping=HEARTBEAT_SECONDS,
            ping_message_factory=lambda: ServerSentEvent(comment="ping"),
            send_timeout=_SEND_SECONDS,
        )
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            STREAM_ENDED.labels(self._stream.vertical, "stuck").inc()
        finally:
            self._stream.leave()


async def stream_until(
    principal: MaybeCaller,
    vertical: InVertical,
    context: InContext,
    ticket: Annotated[str | None, Query(max_length=100, description="Instead of the Authorization header")] = None,
) -> float:
    """How many seconds the stream may run: until the token's expiry, its own or the ticket's."""
    if principal is not None:
        principal.must_be(vertical.id, *FOLLOWERS)
        until = principal.expires_at
    elif ticket is not None:
        until = await usecases.redeem_ticket(context, vertical.id, ticket)
    else:
        raise Unauthenticated
    if (left := until - time()) <= 0:
        raise Unauthenticated
    return left


# FastAPI looks for a status in the signature of the response's class, and cannot describe an API where it finds none.
@router.get("", status_code=200, response_class=LiveResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def stream(
    seconds: Annotated[float, Depends(stream_until)],
    vertical: InVertical,
    context: InContext,
    last_event_id: LastEventId = None,
    last_event_id_in_query: LastEventIdInQuery = None,
) -> LiveResponse:
    """Events `booking`, `payment`, `dashboard` (today's totals), `reset` and `closed`; for analysts and operators."""
    after = last_event_id if last_event_id is not None else last_event_id_in_query
    return LiveResponse(await usecases.open_stream(context, vertical.id, after), seconds)


@router.post("/tickets", status_code=201)
async def ticket(caller: Caller, vertical: InVertical, context: InContext, response: Response) -> TicketReply:
    """A ticket for one stream, good for 30 s. Each call gives another: a stored reply would keep the secret."""
    issued = await usecases.issue_ticket(context, vertical.id, caller)
    response.headers["Cache-Control"] = "no-store"
    return TicketReply(ticket=issued.value, expires_at=issued.usable_until)
