"""What API modules are written with: the caller, the vertical, the idempotency key, and the model of a body."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, Final, LiteralString

from fastapi import Depends, Header, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, Strict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, PydanticKnownError

from common.auth import Principal, TokenVerifier
from common.errors import Unauthenticated, UnknownVertical
from common.idempotency import Once, Reply
from common.verticals import Vertical, Verticals

_BEARER: Final = "bearer "
_MAX_PESOS: Final = 1_000_000_000
_NUMBER: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]*")
_DATED: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


class Body(BaseModel):
    """A JSON body in or out: camelCase outside, unknown fields refused."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


Whole = Annotated[int, Strict()]
"""A JSON integer in a body: neither `true`, nor `2.0`, nor `"2"`."""


def _plain_number(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        raise PydanticKnownError("decimal_parsing")
    return value


PlainNumber: Final = BeforeValidator(_plain_number)
"""For a Decimal: a number or its text in ASCII digits. Python reads others too, and underscores."""
Pesos = Annotated[
    Decimal,
    Field(ge=0, le=_MAX_PESOS, decimal_places=2),
    PlainNumber,
    PlainSerializer(lambda pesos: int(pesos) if pesos == int(pesos) else float(pesos), return_type=float | int),
]
"""A decimal number of pesos at the edge, as MercadoPago has it; inside it becomes Money."""


Day = Annotated[date, Field(ge=date(2020, 1, 1), lt=date(2100, 1, 1))]
"""A local day, bounded so that no zone's offset leads out of the calendar."""


def misfit(reason: LiteralString, *names: str) -> PydanticCustomError:
    """For a rule over several fields: what a client reads as each of them with this reason. Names as outside."""
    return PydanticCustomError(reason, "These fields do not fit together.", {"fields": [*names]})


def _text_only(value: object) -> object:
    if not (isinstance(value, str) and _DATED.match(value)):
        raise ValueError("an RFC 3339 text")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_text_only)]
"""An RFC 3339 instant with offset; a number of seconds is not one, nor as a text in a query."""


def caller(request: Request) -> Principal:
    """The authenticated account; Unauthenticated without a good token."""
    principal = maybe_caller(request)
    if principal is None:
        raise Unauthenticated
    return principal


def maybe_caller(request: Request) -> Principal | None:
    """The account, or None for a visitor without a token. A bad token is refused all the same."""
    header = request.headers.get("authorization", "")
    if not header:
        return None
    if not header.lower().startswith(_BEARER):
        raise Unauthenticated
    verifier: TokenVerifier = request.app.state.verifier
    return verifier.verify(header[len(_BEARER) :].strip())


def vertical(request: Request) -> Vertical:
    """The vertical that the gateway derived from the host; UnknownVertical without one."""
    name = request.headers.get("x-vertical", "")
    verticals: Verticals = request.app.state.verticals
    if not name:
        raise UnknownVertical
    return verticals.get(name)


# A key so long was drawn at random, and is nobody else's.
_DRAWN: Final = 16


@dataclass(frozen=True, slots=True)
class RequestKey:
    """An Idempotency-Key with who sent it where, and what body came with it.

    Who sends a key again with another body is told so (422). Visitors cannot be told from one another: a key that two
    of them may have chosen alike counts with its body (`by_body`), so that with another one it is another request.
    """

    scope: str
    key: str
    body_hash: bytes
    by_body: bool = False

    def once(self, render: Callable[[Any], Reply], status: int = 201) -> Once:
        """For `UnitOfWork.begin`: the reply to store is `render(result)` with `status`."""
        scope = f"{self.scope} {self.body_hash.hex()}" if self.by_body else self.scope
        return Once(scope, self.key, self.body_hash, status, render)


async def request_key(
    request: Request,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> RequestKey | None:
    """None when the request came without the header."""
    if idempotency_key is None:
        return None
    principal = maybe_caller(request)
    who = str(principal.account_id) if principal else "visitor"
    scope = f"{who} {request.method} {_place(request)}"
    body_hash = sha256(await request.body()).digest()
    return RequestKey(scope, idempotency_key, body_hash, by_body=principal is None and len(idempotency_key) < _DRAWN)


def _place(request: Request) -> str:
    """The route, and which of its things as a hash: a path may hold what opens something, and this is stored."""
    route = str(request.scope["route"].path)
    if not request.path_params:
        return route
    return f"{route} {sha256(request.url.path.encode()).hexdigest()}"


def once(key: RequestKey | None, render: Callable[[Any], Reply], status: int = 201) -> Once | None:
    """`key.once(...)`, or None without a key."""
    return key.once(render, status) if key is not None else None


class _Bearer(SecurityBase):
    """A dependency on the access token that OpenAPI shows as such."""

    def __init__(self, ask: Callable[[Request], Principal | None]) -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = "accessToken"
        self._ask = ask

    async def __call__(self, request: Request) -> Principal | None:
        """Async although it awaits nothing: FastAPI sends a plain function to a thread."""
        return self._ask(request)


async def _in_vertical(request: Request) -> Vertical:
    return vertical(request)


Caller = Annotated[Principal, Depends(_Bearer(caller))]
MaybeCaller = Annotated[Principal | None, Depends(_Bearer(maybe_caller))]
InVertical = Annotated[Vertical, Depends(_in_vertical)]
Key = Annotated[RequestKey | None, Depends(request_key)]
_MaybeDay = Annotated[Day | None, BeforeValidator(lambda value: value or None)]
FirstDay = Annotated[_MaybeDay, Query(alias="from", description="First day; without it the span is 30 days long")]
LastDay = Annotated[_MaybeDay, Query(alias="to", description="Last day, included; without it today")]
