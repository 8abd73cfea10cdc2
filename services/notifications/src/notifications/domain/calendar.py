"""An iCalendar file for one booking, so that it lands in the person's own calendar (RFC 5545)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from notifications.domain.booking import Booking

_OCTETS: Final = 75
"""A content line is folded after this many octets (section 3.1)."""


@dataclass(frozen=True, slots=True)
class Invite:
    """The file and the iTIP method it stands for, `PUBLISH` or `CANCEL` (RFC 5546)."""

    method: str
    content: str


def invite(booking: Booking, summary: str, location: str, now: datetime) -> Invite:
    """The same UID for life and the booking's version as SEQUENCE: a later file replaces or withdraws the entry.

    `location` is empty where it is not known.
    """
    method, status = ("CANCEL", "CANCELLED") if booking.called_off else ("PUBLISH", "CONFIRMED")
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//BarberPro//notifications//ES",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{booking.id}@barberpro",
        f"SEQUENCE:{booking.version}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(booking.starts_at)}",
        f"DTEND:{_utc(booking.ends_at)}",
        f"SUMMARY:{_escaped(summary)}",
        *([f"LOCATION:{_escaped(location)}"] if location else []),
        f"STATUS:{status}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return Invite(method, "".join(f"{_folded(line)}\r\n" for line in lines))


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """TEXT values escape backslash, semicolon, comma and line breaks (section 3.3.11)."""
    for char in ("\\", ";", ","):
        text = text.replace(char, f"\\{char}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """At most 75 octets a line, a character never cut in two."""
    parts, size = [""], 0
    for char in line:
        width = len(char.encode())
        if size + width > _OCTETS:
            # The space that marks the continuation counts as well.
            parts, size = [*parts, " "], 1
        parts[-1] += char
        size += width
    return "\r\n".join(parts)
