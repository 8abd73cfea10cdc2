"""What each MercadoPago call passes first: the bearer token, a JSON object of bounded size, the idempotency key."""

import hmac
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from sandbox.bodies import JsonObject, UnreadableBodyError, as_json, read_object
from sandbox.mercadopago import errors
from sandbox.store import Store
from sandbox.world import Here

__all__ = [
    "Body",
    "JsonObject",
    "Key",
    "answer",
    "as_json",
    "remember",
    "replayed",
    "require_public_key",
    "require_token",
]


async def require_token(world: Here, authorization: Annotated[str | None, Header()] = None) -> None:
    """401 in MercadoPago's shape unless the caller has the collector's token."""
    if not authorization:
        raise errors.missing_token()
    expected = f"Bearer {world.settings.mercadopago_token.get_secret_value()}"
    if not hmac.compare_digest(authorization.encode(), expected.encode()):
        raise errors.invalid_token()


async def require_public_key(
    world: Here, authorization: Annotated[str | None, Header()] = None, public_key: str | None = None
) -> None:
    """What a browser may call: the account's public key in the query will do in place of the token."""
    if public_key is None:
        await require_token(world, authorization)
    elif not hmac.compare_digest(public_key.encode(), world.settings.public_key.encode()):
        raise errors.invalid_public_key()


async def body_of(request: Request) -> JsonObject:
    """The body, or 400 and 413 in MercadoPago's shape."""
    try:
        return await read_object(request)
    except UnreadableBodyError as error:
        raise errors.MercadoPagoError(error.status, "bad_request", "Invalid json body") from error


async def idempotency_key(x_idempotency_key: Annotated[str | None, Header()] = None) -> str:
    """The caller's key, 1 to 64 characters; 4292 without one."""
    if not x_idempotency_key:
        raise errors.missing_idempotency_key()
    if len(x_idempotency_key) > 64:
        raise errors.bad_request("Header X-Idempotency-Key must have 1 to 64 characters")
    return x_idempotency_key


Body = Annotated[JsonObject, Depends(body_of)]
Key = Annotated[str, Depends(idempotency_key)]


def answer(status: int, text: str) -> Response:
    """A JSON reply from text already encoded."""
    return Response(text, status_code=status, media_type="application/json")


def replayed(store: Store, scope: str, key: str) -> Response | None:
    """The reply this key got the first time, byte for byte."""
    row = store.one("SELECT status, body FROM idempotency WHERE scope = ? AND key = ?", (scope, key))
    return None if row is None else answer(row["status"], row["body"])


def remember(store: Store, scope: str, key: str, status: int, body: str) -> None:
    """Bind the reply to the key, in the transaction that did the work."""
    store.run("INSERT INTO idempotency VALUES (?, ?, ?, ?)", (scope, key, status, body))
