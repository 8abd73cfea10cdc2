"""What was sent to people: one table for every channel, one row per recipient."""

import json
import re
import sqlite3
from dataclasses import dataclass
from typing import Literal

from sandbox import clock
from sandbox.store import Store

Channel = Literal["whatsapp", "email"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as accepted: `body` is what a person reads, `content` the rest as JSON, `reference` the sender's id."""

    id: str
    channel: Channel
    recipient: str
    sender: str
    reference: str | None
    subject: str | None
    body: str
    content: str


def keep(store: Store, message: Message, now: int) -> None:
    """Write it, inside the caller's transaction."""
    store.run(
        "INSERT INTO message (id, channel, recipient, sender, reference, subject, body, content, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.id,
            message.channel,
            normal(message.channel, message.recipient),
            message.sender,
            message.reference,
            message.subject,
            message.body,
            message.content,
            now,
        ),
    )


def normal(channel: str | None, recipient: str) -> str:
    """Digits of a phone, lower case of an address: how a recipient is looked up."""
    if channel == "email" or "@" in recipient:
        return recipient.strip().lower()
    return re.sub(r"\D", "", recipient)


def listed(
    store: Store, channel: str | None, recipient: str | None, since: int | None, after: int, limit: int
) -> list[dict[str, object]]:
    """In the order of arrival, from the sequence number `after` on."""
    clauses, params = ["seq > ?"], list[object]([after])
    for clause, value in (
        ("channel = ?", channel),
        ("recipient = ?", None if recipient is None else normal(channel, recipient)),
        ("created_ms >= ?", since),
    ):
        if value is not None:
            clauses.append(clause)
            params.append(value)
    sql = f"SELECT * FROM message WHERE {' AND '.join(clauses)} ORDER BY seq LIMIT ?"  # noqa: S608  our own clauses
    return [_as_json(row) for row in store.all(sql, [*params, limit])]


def _as_json(row: sqlite3.Row) -> dict[str, object]:
    return {
        "seq": row["seq"],
        "id": row["id"],
        "channel": row["channel"],
        "to": row["recipient"],
        "from": row["sender"],
        "reference": row["reference"],
        "subject": row["subject"],
        "body": row["body"],
        "content": json.loads(row["content"]),
        "created_at": clock.rfc3339(row["created_ms"]),
    }
