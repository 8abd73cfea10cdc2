"""What each call of the bank passes first: its own bearer token, a JSON object; and how it refuses."""

import hmac
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse

from sandbox.bodies import JsonObject, UnreadableBodyError, read_object
from sandbox.world import Here


class BankError(Exception):
    """A refusal: `{"code", "errors"?}`."""

    def __init__(self, status: int, code: str, errors: list[JsonObject] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body: JsonObject = {"code": code} if errors is None else {"code": code, "errors": errors}


async def as_response(_: Request, error: Exception) -> JSONResponse:
    """The exception handler of the application."""
    if not isinstance(error, BankError):
        raise error
    return JSONResponse(error.body, status_code=error.status)


async def require_token(world: Here, authorization: Annotated[str | None, Header()] = None) -> None:
    """401 unless the caller has the bank's token."""
    expected = f"Bearer {world.settings.bank_token.get_secret_value()}"
    if not hmac.compare_digest((authorization or "").encode(), expected.encode()):
        raise BankError(401, "unauthorized")


async def body_of(request: Request) -> JsonObject:
    """The body, or 400 and 413."""
    try:
        return await read_object(request)
    except UnreadableBodyError as error:
        raise BankError(error.status, "invalid_body") from error


Body = Annotated[JsonObject, Depends(body_of)]
