"""What the OpenAPI document tells of refusals: problems, worked out from what each operation takes and does.

A route only names a status that does not follow from that, e.g. `responses={402: {}}`.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI

from common.errors import COMMON_REFUSALS, RefusalTable

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_REFUSED: Final = 400
_READS: Final = frozenset({"get", "head", "options"})
# What no table has: of a body that does not fit, and the gateway's own.
_OTHERS: Final[Mapping[int, tuple[str, ...]]] = {
    422: ("invalid-request",),
    429: ("too-many-requests", "too-many-at-once", "too-many-logins", "banned"),
}
_LATER: Final = frozenset({409, 429, 503})
_RETRY_AFTER: Final = {"description": "Seconds after which asking again makes sense", "schema": {"type": "integer"}}
_FRAMEWORKS_OWN: Final = frozenset({"HTTPValidationError", "ValidationError"})
_FIELD: Final = {
    "type": "object",
    "required": ["field", "reason"],
    "properties": {
        "field": {"type": "string", "description": "Its place, with dots; empty for the whole", "examples": ["price"]},
        "reason": {"type": "string", "examples": ["missing"]},
        "format": {
            "type": "string",
            "description": "Where it is to be written in one",
            "examples": ["YYYY-MM-DDTHH:MM"],
        },
        "allowed": {"type": "array", "items": {"type": ["string", "integer"]}, "description": "Where it is of a set"},
    },
}
_SCHEMA: Final = {
    "title": "Problem",
    "description": "RFC 9457; a type may have further members.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:barberpro:problem:not-found"]},
        "title": {"type": "string", "description": "What it is, in English, for developers"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "What to tell the user, in Spanish"},
        "fields": {"type": "array", "items": _FIELD, "description": "Of 422: what does not fit"},
    },
}


class Documented(FastAPI):
    """An application whose OpenAPI document tells which problems each operation may answer."""

    def __init__(self, refusals: RefusalTable, **options: Any) -> None:
        super().__init__(**options)
        self._refusals = refusals

    def openapi(self) -> dict[str, Any]:
        """Made once, as FastAPI does."""
        if self.openapi_schema is None:
            self.openapi_schema = with_problems(super().openapi(), self._refusals)
        return self.openapi_schema


def with_problems(document: dict[str, Any], table: RefusalTable) -> dict[str, Any]:
    """The same document, where every status from 400 on is a problem."""
    parts = document.setdefault("components", {})
    known = {name: one for name, one in parts.get("schemas", {}).items() if name not in _FRAMEWORKS_OWN}
    used: set[int] = set()
    for path in document["paths"].values():
        for method, operation in path.items():
            statuses = sorted(_statuses(method, operation, known))
            good = {status: one for status, one in operation["responses"].items() if int(status) < _REFUSED}
            operation["responses"] = good | {
                str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses
            }
            used.update(statuses)
    parts["schemas"] = dict(sorted((known | {"Problem": _SCHEMA}).items()))
    parts["responses"] = {f"Problem{status}": _response(status, table) for status in sorted(used)}
    return document


def _statuses(method: str, operation: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[int]:
    """Of each problem once. A thing that is not there is named by the path, or by an id in the query or the body."""
    parameters = operation.get("parameters", ())
    body = _body(operation, known)
    own = {int(status) for status in operation["responses"]} | {429, 503}
    if "security" in operation:
        own |= {401, 403}
    if any(one["in"] == "path" for one in parameters) or b'"format":"uuid"' in orjson.dumps([parameters, body]):
        own.add(404)
    if method not in _READS:
        own.add(409)
    if "requestBody" in operation:
        own.add(413)
    if body is not None:
        own.add(415)
    return (status for status in own if status >= _REFUSED)


def _body(operation: Mapping[str, Any], known: Mapping[str, Any]) -> object:
    """The schema of its JSON body; None where it takes none."""
    schema = operation.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")
    return known.get(schema.get("$ref", "").rpartition("/")[2], schema) if schema is not None else None


def _response(status: int, table: RefusalTable) -> dict[str, Any]:
    answers = {**COMMON_REFUSALS, **table}.items()
    slugs = {kind.slug() for kind, answer in answers if answer.status == status} | {*_OTHERS.get(status, ())}
    types = f" `type` is `urn:barberpro:problem:` and one of: {', '.join(sorted(slugs))}." if slugs else ""
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if status in _LATER else {}
    content = {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": f"{HTTPStatus(status).phrase}.{types}", **headers, "content": content}
