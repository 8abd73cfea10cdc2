"""What a cancelled booking may keep, reckoned anew from the policy on it, its start, and when and by whom it was ended.

Booking's own sums are not asked: a rule of booking's that gives back too little would be wrong in them too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from localstack.reading import Row
from localstack.verify.evidence import Evidence

# The first of each: a snapshot publishes a cancelled booking once more, at another time. What a copy says was kept is
# what the policy had left, so one that outlived its original leads to the same sum.
_CALLED_OFF: Final = """
    SELECT DISTINCT ON (key) key AS booking_id, CAST(event ->> 'time' AS timestamptz) AS at,
           CAST(event #>> '{data,paid,minor}' AS bigint) - CAST(event #>> '{data,refunded,minor}' AS bigint) AS kept,
           CAST(event #>> '{data,refunded,minor}' AS bigint) - (
               SELECT coalesce(sum(CAST(asked #>> '{data,amount,minor}' AS bigint)), 0)
               FROM outbox AS earlier, CAST(convert_from(earlier.payload, 'UTF8') AS jsonb) AS asked
               WHERE earlier.topic = 'booking.refund_due' AND earlier.key = outbox.key AND earlier.id < outbox.id
           ) AS by_others
    FROM outbox, CAST(convert_from(payload, 'UTF8') AS jsonb) AS event
    WHERE topic = 'booking.cancelled' ORDER BY key, id
"""
_WITHDRAWN: Final = "SELECT booking_id FROM withdrawal WHERE confirmed_at IS NOT NULL"
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Cancellation:
    """When it was, and what was held for the booking just then, in centavos.

    `by_others` had been given back by then without booking asking; `withdrawn` overrules the policy (Disp. 954/2025).
    """

    at: datetime
    kept: int
    by_others: int
    withdrawn: bool


async def cancellations(evidence: Evidence, vertical: str) -> Mapping[UUID, Cancellation]:
    """By booking; only those whose event the outbox still has."""
    rows = await evidence.rows("booking", vertical, _CALLED_OFF)
    confirmed = {row["booking_id"] for row in await evidence.rows("payments", vertical, _WITHDRAWN)}
    return {
        row["booking_id"]: Cancellation(
            row["at"], int(row["kept"]), int(row["by_others"]), row["booking_id"] in confirmed
        )
        for row in rows
    }


def may_keep(booking: Row, called_off: Cancellation) -> int:
    """Centavos left once the policy was followed. Whoever is not the client gives everything back.

    The policy is about what was due; what was paid beyond it goes back whole.
    """
    kept = min(called_off.kept, int(booking["due_minor"]))
    percent = _WHOLE
    if booking["cancelled_by"] == "client" and not called_off.withdrawn:
        percent = _percent(json.loads(booking["policy"])["steps"], booking["starts_at"] - called_off.at)
    # A share is rounded half up to the centavo.
    return kept - (kept * percent + _WHOLE // 2) // _WHOLE


def fee_of_no_show(booking: Row) -> int:
    """Centavos of the price that whoever does not come is charged."""
    percent = json.loads(booking["policy"]).get("no_show_percent", _WHOLE)
    return int(booking["price_minor"] * percent + _WHOLE // 2) // _WHOLE


def _percent(steps: list[dict[str, Any]], notice: timedelta) -> int:
    """Of the steps whose notice was given the one that asks for the longest; nothing goes back without one."""
    given = [(step["minutes"], step["percent"]) for step in steps if notice >= timedelta(minutes=step["minutes"])]
    return int(max(given)[1]) if given else 0
