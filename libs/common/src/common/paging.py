"""Cursor paging over ids, newest first (or, with `After`, oldest first): an opaque cursor is the last id seen."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query

from common.errors import InvalidCursor

_BEYOND: Final = UUID(int=2**128 - 1)
_BELOW: Final = UUID(int=0)
_UUID_BYTES: Final = 16


async def _cursor(cursor: Annotated[str | None, Query(max_length=64)] = None) -> UUID:
    """The id before which the page starts; beyond every id without a cursor."""
    if cursor is None:
        return _BEYOND
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise InvalidCursor from None
    if len(raw) != _UUID_BYTES:
        raise InvalidCursor
    return UUID(bytes=raw)


async def _after(cursor: Annotated[str | None, Query(max_length=64)] = None) -> UUID:
    """The id after which the page starts, of pages that begin with the oldest; below every id without a cursor."""
    return await _cursor(cursor) if cursor is not None else _BELOW


Cursor = Annotated[UUID, Depends(_cursor)]
After = Annotated[UUID, Depends(_after)]
Limit = Annotated[int, Query(ge=1, le=100)]


def next_cursor(ids: Sequence[UUID], limit: int) -> str | None:
    """Where the next page starts; None when this one was not full."""
    if len(ids) < limit:
        return None
    return urlsafe_b64encode(ids[-1].bytes).rstrip(b"=").decode()
