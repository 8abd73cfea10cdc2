"""Refusals as RFC 9457 problem details, and the handlers that make every error one."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from common.errors import (
    COMMON_REFUSALS,
    Answer,
    Refusal,
    RefusalTable,
    UnsupportedMediaType,
    answer_to,
    problem,
)
from common.idempotency import Replayed

_PROBLEM: Final = "application/problem+json"
_INVALID: Final = "Revisá los datos: hay campos que faltan o que no son válidos."
_BROKEN: Final = "Algo salió mal de nuestro lado. Probá de nuevo en unos minutos."
_MOST_FIELDS: Final = 20
_MOST_ALLOWED: Final = 50
_OF_A_SET: Final = frozenset({"enum", "literal_error"})
# pydantic's own words for the values: 'one', 'two' or 'three'; 1, 3 or 6.
_VALUE: Final = re.compile(r"'((?:[^'\\]|\\.)*)'|(-?[0-9]+)")
_TEXTS: Final[Mapping[int, str]] = {
    404: "No encontramos lo que buscás.",
    405: "Esa operación no existe.",
    413: "El pedido es demasiado grande.",
    400: "No pudimos leer el pedido.",
}


def refusal_response(refusal: Refusal, table: RefusalTable) -> Response:
    """The problem a refusal becomes, by the service's table and then the common one."""
    answer = answer_to(refusal, {**COMMON_REFUSALS, **table})
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    if answer.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    body = problem(answer.status, refusal.slug(), refusal.title(), answer.text, refusal.extra)
    return _response(answer.status, body, headers)


def broken_response() -> Response:
    """What a client is told when something broke: nothing about it."""
    return _response(500, problem(500, "internal-error", "Something broke.", _BROKEN, {}), {})


def install(app: FastAPI, table: RefusalTable) -> None:
    """Make every error of the application a problem."""

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101 - registered for Refusal only
        return refusal_response(error, table)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(Replayed, _replayed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _replayed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)  # noqa: S101 - registered for Replayed only
    return Response(error.body, error.status, {"Idempotent-Replayed": "true"}, "application/json")


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
    errors = error.errors()
    if any(item["loc"] == ("body",) and isinstance(item.get("input"), bytes) for item in errors):
        # What says that it is JSON was read as such: bytes are what came under another name.
        return refusal_response(UnsupportedMediaType(), {})
    fields = [field for item in errors[:_MOST_FIELDS] for field in _fields(item)][:_MOST_FIELDS]
    body = problem(422, "invalid-request", "The request does not fit the schema.", _INVALID, {"fields": fields})
    return _response(422, body, {})


def _fields(item: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Each field that is wrong and why; of a rule over several fields each of them (`common.http.misfit`)."""
    kind, inside = item["type"], item.get("ctx", {})
    # Of what is no JSON the place is an offset, and no field's name.
    place = () if kind == "json_invalid" else item["loc"][1:]
    allowed = {"allowed": _allowed(str(inside["expected"]))} if kind in _OF_A_SET and "expected" in inside else {}
    shape = {"format": inside["format"]} if "format" in inside else {}
    for path in [(*place, name) for name in inside.get("fields", ())] or [place]:
        yield {"field": ".".join(map(str, path)), "reason": kind, **allowed, **shape}


def _allowed(expected: str) -> list[str | int]:
    found = _VALUE.finditer(expected)
    return [int(each[2]) if each[2] is not None else each[1] for each in found][:_MOST_ALLOWED]


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
    status = HTTPStatus(error.status_code)
    answer = Answer(status, _TEXTS.get(status, "No pudimos procesar el pedido."))
    body = problem(status, status.phrase.lower().replace(" ", "-"), status.phrase, answer.text, {})
    return _response(status, body, dict(error.headers or {}))


def _response(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return Response(orjson.dumps(body, default=str), status, dict(headers), _PROBLEM)
