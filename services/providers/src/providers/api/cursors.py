"""Opaque cursors: where a page ended, as URL-safe text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from math import inf
from typing import Final
from uuid import UUID

import orjson

from common.errors import InvalidCursor
from providers.domain.search import START, Position, Sort

# The database's bigint.
_PRICES_END: Final = 2**63
_START_ID: Final = UUID(int=0)


def id_cursor(last: UUID) -> str:
    """A page ended with this id."""
    return _encode([str(last)])


def id_after(cursor: str | None) -> UUID:
    """Where the next page starts; InvalidCursor for what is not ours."""
    if cursor is None:
        return _START_ID
    (last,) = _decode(cursor, str)
    return _uuid(last)


def search_cursor(sort: Sort, last: Position) -> str:
    """A page in that order ended there."""
    return _encode([sort.value, last.price, last.distance, str(last.place_id)])


def search_after(sort: Sort, cursor: str | None) -> Position:
    """Where the next page starts; InvalidCursor for what is not ours or was given for another order."""
    if cursor is None:
        return START
    order, price, distance, place = _decode(cursor, str, int, float, str)
    if order != sort.value:
        raise InvalidCursor
    position = Position(int(price), float(distance), _uuid(place))
    if not (0 <= position.price < _PRICES_END and 0 <= position.distance < inf):
        raise InvalidCursor
    return position


def _encode(parts: list[str | int | float]) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def _decode(cursor: str, *kinds: type) -> list[str]:
    try:
        parts = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise InvalidCursor from None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise InvalidCursor
    return parts


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidCursor from None
