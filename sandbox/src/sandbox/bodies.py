"""JSON request bodies of bounded size, with exact decimals."""

import json
from decimal import Decimal
from typing import Any

from fastapi import Request

MAX_BODY = 256 * 1024
JsonObject = dict[str, Any]


class UnreadableBodyError(Exception):
    """The body is no JSON object."""

    status = 400


class LargeBodyError(UnreadableBodyError):
    """The body is larger than the sandbox reads."""

    status = 413


async def read_object(request: Request) -> JsonObject:
    """The body as a JSON object; an empty body is an empty object. Raises UnreadableBodyError."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise LargeBodyError
    return _parse(raw) if raw.strip() else {}


def _parse(raw: bytes) -> JsonObject:
    try:
        parsed = json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
        # A lone surrogate is valid JSON that no store and no reply could write again.
        as_json(parsed).encode()
    except (ValueError, RecursionError) as error:
        raise UnreadableBodyError from error
    if not isinstance(parsed, dict):
        raise UnreadableBodyError
    return parsed


def as_json(payload: object) -> str:
    """Compact JSON; a Decimal the caller sent goes back as a number."""
    return json.dumps(payload, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _plain(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
