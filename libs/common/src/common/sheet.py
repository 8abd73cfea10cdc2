"""Sheets of comma-separated values that are safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def line(cells: Iterable[object]) -> str:
    """One row as RFC 4180 has it."""
    out = StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()


def harmless(text: str) -> str:
    """The text, with an apostrophe before whatever a spreadsheet would run as a formula.

    Source: OWASP, "CSV Injection" (the full-width forms count too; leading spaces do not hide a formula).
    """
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA) else text
