"""Refusals as RFC 9457 problem details, and the handlers that make every error one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from common.errors import COMMON_REFUSALS, Answer, Refusal, RefusalTable, answer_to, problem
from common.idempotency import Replayed

_PROBLEM: Final = "application/problem+json"
_INVALID: Final = "Revisá los datos: hay campos que faltan o que no son válidos."
_BROKEN: Final = "Algo salió mal de nuestro lado. Probá de nuevo en unos minutos."
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
    fields = [{"field": ".".join(map(str, item["loc"][1:])), "reason": item["type"]} for item in error.errors()[:20]]
    body = problem(422, "invalid-request", "The request does not fit the schema.", _INVALID, {"fields": fields})
    return _response(422, body, {})


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
    status = HTTPStatus(error.status_code)
    answer = Answer(status, _TEXTS.get(status, "No pudimos procesar el pedido."))
    body = problem(status, status.phrase.lower().replace(" ", "-"), status.phrase, answer.text, {})
    return _response(status, body, dict(error.headers or {}))


def _response(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return Response(orjson.dumps(body, default=str), status, dict(headers), _PROBLEM)
