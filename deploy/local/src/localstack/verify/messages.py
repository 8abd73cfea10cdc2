"""I7: every notification was sent or is visibly dead, and what people got is what was decided, once."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence
from localstack.verify.verdict import Verdict, verdict

_NOTIFICATIONS: Final = """
    SELECT id, dedupe_key, status, template, booking_id, doubts, many,
           status IN ('pending', 'sending') AND due_at < app_now() - interval '1 minute' AS overdue
    FROM notification
"""
# Of a booking that was called off only its own event says that it had been agreed: for as long as the outbox keeps it.
_AGREED: Final = """
    SELECT id, series_id, status = 'cancelled' AS called_off FROM booking
    WHERE status IN ('confirmed', 'arrived', 'completed', 'no_show')
       OR EXISTS (SELECT FROM outbox WHERE topic = 'booking.confirmed' AND key = booking.id)
"""
# Whose group too few joined is told that, and so that the booking is off.
_TELLS: Final = {"booking_below_minimum": "booking_cancelled"}
_GIVEN_BACK: Final = "SELECT id FROM refund WHERE status = 'done'"
_CREDITED: Final = "SELECT id FROM credit_movement WHERE kind = 'granted' AND status = 'done'"


async def all_told(evidence: Evidence) -> Verdict:
    """Rows against what the sandbox received; bookings agreed or called off, refunds and credit, against rows."""
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
        broken += [f"{vertical}: nobody is to be told of {what}" for what in await _untold(evidence, vertical, rows)]
    broken += [f"message {one or '(without reference)'} was sent by nobody" for one in received]
    summary = [f"{count} {status}" for status, count in sorted(states.items())]
    return verdict("I7", "every notification is sent once or visibly dead", checked, broken, summary)


async def _untold(evidence: Evidence, vertical: str, rows: Sequence[Row]) -> list[str]:
    """What happened and has no notification, be it sent, waiting or dead."""
    about: set[tuple[str, object]] = {(_told_by(row), row["booking_id"]) for row in rows}
    # Two refunds of one booking are told of apart: the key names which.
    refunds = {_of(row) for row in rows if row["template"] == "payment_refunded"}
    credited = {_of(row) for row in rows if row["template"] == "credit_granted"}
    agreed = await evidence.rows("booking", vertical, _AGREED)
    # What happened to several of a series at once is told of once.
    about |= {(f"booking_{row['template'].removeprefix('series_')}", _of(row)) for row in rows if row["many"]}
    called_off = [row for row in agreed if row["called_off"]]
    given_back = await evidence.rows("payments", vertical, _GIVEN_BACK)
    given = await evidence.rows("payments", vertical, _CREDITED)
    return [
        *(f"confirmed booking {row['id']}" for row in agreed if _is_untold("booking_confirmed", row, about)),
        *(f"cancelled booking {row['id']}" for row in called_off if _is_untold("booking_cancelled", row, about)),
        *(f"refund {row['id']}" for row in given_back if str(row["id"]) not in refunds),
        *(f"credit {row['id']}" for row in given if str(row["id"]) not in credited),
    ]


def _told_by(row: Row) -> str:
    return _TELLS.get(row["template"], str(row["template"]))


def _is_untold(template: str, booking: Row, about: set[tuple[str, object]]) -> bool:
    return (template, booking["id"]) not in about and (template, str(booking["series_id"])) not in about


def _of(row: Row) -> str:
    """Which one of its kind a notification tells of."""
    return str(row["dedupe_key"]).partition(":")[2].partition(":")[0]


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
