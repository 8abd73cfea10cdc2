"""A recorded booking as a pgbench script: the application's own statements with the same parameters.

What no two bookings share is made anew by pgbench in each transaction, so that no slot, key or id is met twice; every
other value is a variable, which `-M prepared` sends as a parameter like asyncpg does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from bench.recording import Asked, Recording

_PLACEHOLDER: Final = re.compile(r"\$(\d+)")
# Decimal digits are hexadecimal ones too: two numbers of 16 digits side by side are an id.
_LOW, _HIGH = 10**15, 10**16 - 1
SERIAL: Final = "serial"
"""The variable to start from: a number below 10^15 that is higher in each run, as ids rise with time."""


@dataclass(frozen=True, slots=True)
class Script:
    """The text for `pgbench -f` and the variables for `-D`; `serial` is not among them."""

    text: str
    variables: Mapping[str, str]


def script_of(recording: Recording) -> Script:
    """One transaction per run of the script, statement for statement."""
    variables: dict[str, str] = {}
    lines = [f"\\set {SERIAL} :{SERIAL} + 1", f"\\set head {_LOW} + :{SERIAL}"]
    lines += [f"\\set fresh{number} random({_LOW}, {_HIGH})" for number in range(len(recording.fresh))]
    for number, asked in enumerate(recording.statements):
        lines.append(_statement(f"v{number}", asked, recording.fresh, variables))
    return Script("\n".join(lines) + "\n", variables)


def _statement(prefix: str, asked: Asked, fresh: Sequence[UUID | str], variables: dict[str, str]) -> str:
    def parameter(found: re.Match[str]) -> str:
        number = int(found.group(1))
        value = asked.arguments[number - 1]
        written = _made_anew(value, fresh)
        if written is None:
            written = f":{prefix}_{number}"
            variables[written[1:]] = as_text(value)
        return written

    return _PLACEHOLDER.sub(parameter, asked.sql.strip().rstrip(";")) + ";"


def _made_anew(value: object, fresh: Sequence[UUID | str]) -> str | None:
    """The expression for a value that differs each time; None for one that a variable can hold."""
    if value is None:
        return "NULL"  # a variable of pgbench cannot be null when it is sent
    if isinstance(value, list) and any(one in fresh for one in value if isinstance(one, UUID)):
        return f"ARRAY[{', '.join(_made_anew(one, fresh) or _constant(one) for one in value)}]"
    if isinstance(value, UUID) and value in fresh:
        return f"CAST(CAST(:head AS text) || CAST(:fresh{fresh.index(value)} AS text) AS uuid)"
    if isinstance(value, str) and value in fresh:
        return f":fresh{fresh.index(value)}"
    return None


def _constant(value: UUID) -> str:
    return f"CAST('{value}' AS uuid)"


def as_text(value: object) -> str:
    """A value in PostgreSQL's own text form; TypeError for a kind that no booking sends."""
    match value:
        case bool():
            return "t" if value else "f"
        case int() | str() | UUID():
            return str(value)
        case date():
            return value.isoformat()
        case bytes():
            return f"\\x{value.hex()}"
        case dict():
            return orjson.dumps(value).decode()
        case list():
            return f"{{{','.join(_quoted(as_text(one)) for one in value)}}}"
        case asyncpg.Range():
            return f"[{_quoted(as_text(value.lower))},{_quoted(as_text(value.upper))})"
    raise TypeError(type(value).__name__)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
