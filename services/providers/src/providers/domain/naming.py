"""Names as addresses and as something to search by: slugs, and text without case or accents."""

import re
from typing import Final
from unicodedata import combining, normalize

from common.errors import Refusal

SLUG_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLUG_LENGTH: Final = 60
_SUFFIXES: Final = 30
_ROOM_FOR_SUFFIX: Final = 4


class SlugTaken(Refusal):
    """Another provider of this vertical has that slug."""


class SlugNeeded(Refusal):
    """No slug can be made from that name: give one."""


class CodeNeeded(Refusal):
    """No code can be made from the name of that service: give one."""


def fold(text: str) -> str:
    """Without case, accents or doubled spaces: `Corte  Ñandú` -> `corte nandu`."""
    letters = (letter for letter in normalize("NFKD", text) if not combining(letter))
    return " ".join("".join(letters).casefold().split())


def slug_of(name: str) -> str:
    """`Barbería El Ñato` -> `barberia-el-nato`, at most 60 characters; SlugNeeded when nothing is left."""
    slug = _slug(name)
    if not slug:
        raise SlugNeeded(fields=[{"field": "slug", "reason": "missing"}])
    return slug


def code_of(name: str) -> str:
    """The same of a service: CodeNeeded."""
    code = _slug(name)
    if not code:
        raise CodeNeeded(fields=[{"field": "code", "reason": "missing"}])
    return code


def alternatives(slug: str) -> list[str]:
    """What to try when it is taken, best first: `slug-2`, `slug-3`, ..."""
    stem = slug[: SLUG_LENGTH - _ROOM_FOR_SUFFIX].rstrip("-")
    return [f"{stem}-{number}" for number in range(2, _SUFFIXES + 2)]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:SLUG_LENGTH].rstrip("-")
