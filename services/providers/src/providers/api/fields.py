"""Kinds of field that several bodies share, and the dependencies of the handlers."""

import re
from datetime import datetime
from typing import Annotated, Final, TypeVar

from fastapi import Depends
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from common.app import context_of
from common.auth import Principal
from common.http import Caller, InVertical, Whole
from common.service import Context
from contracts.ids import PlaceId, StaffId
from providers.domain.naming import SLUG_LENGTH, SLUG_PATTERN
from providers.domain.parts import ResourceKind
from providers.domain.provider import MAX_PLACES, MAX_STAFF

T = TypeVar("T")
_WALL_CLOCK: Final = re.compile(r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:00)?$", re.ASCII)
_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"


def _not_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null_not_allowed", "leave the field out to keep what was")
    return value


def _wall_clock(value: object) -> object:
    if not (isinstance(value, str) and _WALL_CLOCK.fullmatch(value)):
        raise PydanticCustomError("wall_clock", "a local date and time, {format}", {"format": "YYYY-MM-DDTHH:MM"})
    return value


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "one stands there twice")
    return values


Given = BeforeValidator(_not_null)
"""For a field that may be left out, but not be null."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80, pattern=_ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160, pattern=_ONE_LINE)]
Slug = Annotated[str, StringConstraints(min_length=2, max_length=SLUG_LENGTH, pattern=SLUG_PATTERN)]
HourMinute = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["10:00"])]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
AsWallClock: Final = WithJsonSchema(
    {"type": "string", "pattern": _WALL_CLOCK.pattern, "examples": ["2026-12-24T09:00"], "description": "Local time"}
)
WallClock = Annotated[datetime, BeforeValidator(_wall_clock), AsWallClock]
"""A local date and time without an offset, in whole minutes: `2026-12-24T09:00`, or with `:00` after it."""
Minutes = Annotated[Whole, Field(gt=0, le=720)]
Buffer = Annotated[Whole, Field(ge=0, le=240)]
Weight = Annotated[Whole, Field(ge=1, le=100)]
Capacity = Annotated[Whole, Field(gt=0, le=100)]
PlaceIds = Annotated[tuple[PlaceId, ...], Field(min_length=1, max_length=MAX_PLACES), AfterValidator(_distinct)]
StaffIds = Annotated[tuple[StaffId, ...], Field(min_length=1, max_length=MAX_STAFF), AfterValidator(_distinct)]
Needs = Annotated[tuple[ResourceKind, ...], Field(max_length=len(ResourceKind)), AfterValidator(_distinct)]
PageSize = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=300)]


def _owner(principal: Caller, vertical: InVertical) -> Principal:
    principal.must_be(vertical.id, "provider")
    return principal


def _insider(principal: Caller, vertical: InVertical) -> Principal:
    principal.must_be(vertical.id, "provider", "staff", "operator")
    return principal


def _operator(principal: Caller, vertical: InVertical) -> Principal:
    principal.must_be(vertical.id, "operator")
    return principal


Owner = Annotated[Principal, Depends(_owner)]
"""An account with the provider's role here; whether the thing is its own is the use case's to say."""
Insider = Annotated[Principal, Depends(_insider)]
"""Somebody who works here; for whom, the use case looks up."""
Operator = Annotated[Principal, Depends(_operator)]
InContext = Annotated[Context, Depends(context_of)]
