"""I7: every notification was sent or is visibly dead, and what people got is what was decided, once."""

from collections import Counter
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence
from localstack.verify.verdict import Verdict, verdict

_NOTIFICATIONS: Final = """
    SELECT id, dedupe_key, status, template, channel, booking_id, doubts,
           status IN ('pending', 'sending') AND due_at < app_now() - interval '1 minute' AS overdue
    FROM notification
"""
_CONFIRMED: Final = "SELECT id FROM booking WHERE status IN ('confirmed', 'completed', 'no_show')"


async def all_told(evidence: Evidence) -> Verdict:
    """Rows against the sandbox's received messages, and confirmed bookings against rows."""
    received = Counter(str(message.get("reference") or "") for message in evidence.messages)
    checked, broken, states = 0, list[str](), Counter[str]()
    for vertical in evidence.verticals:
        rows = await evidence.rows("notifications", vertical, _NOTIFICATIONS)
        checked += len(rows)
        states.update(row["status"] for row in rows)
        for row in rows:
            broken += [f"{vertical}: notification {row['id']} {wrong}" for wrong in _wrong(row, received)]
        keys = Counter(row["dedupe_key"] for row in rows)
        broken += [f"{vertical}: {count} notifications for {key}" for key, count in keys.items() if count > 1]
        told = {row["booking_id"] for row in rows if row["template"] == "booking_confirmed"}
        confirmed = {row["id"] for row in await evidence.rows("booking", vertical, _CONFIRMED)}
        broken += [f"{vertical}: nobody is to be told of confirmed booking {one}" for one in confirmed - told]
    broken += [f"message {one or '(without reference)'} was sent by nobody" for one in received]
    summary = [f"{count} {status}" for status, count in sorted(states.items())]
    return verdict("I7", "every notification is sent once or visibly dead", checked, broken, summary)


def _wrong(row: Row, received: Counter[str]) -> list[str]:
    """What is wrong with one notification; its messages are taken out of `received`."""
    copies, wrong = received.pop(str(row["id"]), 0), []
    if row["overdue"]:
        wrong.append("is neither sent nor dead")
    if row["status"] == "sent" and copies == 0:
        wrong.append("counts as sent and nobody got it")
    # A crash between the channel's acceptance and our mark is undecidable: such a row counts its doubts.
    if copies > 1 + row["doubts"]:
        wrong.append(f"arrived {copies} times")
    return wrong
