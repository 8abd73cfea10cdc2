"""I8: what analytics shows is what a recount of the source tables gives."""

from collections.abc import Sequence
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence
from localstack.verify.verdict import Verdict, verdict

_DAY: Final = "(created_at AT TIME ZONE zone)::date"
_RECOUNT_BOOKINGS: Final = f"""
    SELECT {_DAY} AS local_date, provider_id, city, province, count(*) AS bookings_created,
           count(*) FILTER (WHERE status IN ('pending', 'held')) AS bookings_held,
           count(*) FILTER (WHERE status IN ('confirmed', 'arrived', 'completed', 'no_show')) AS confirmed,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE status = 'completed') AS completed,
           count(*) FILTER (WHERE status = 'no_show') AS no_show,
           count(*) FILTER (WHERE status = 'expired') AS expired
    FROM booking GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - constants of this module
_RECOUNT_MONEY: Final = """
    SELECT (coalesce(paid_at, created_at) AT TIME ZONE 'America/Argentina/Buenos_Aires')::date AS local_date,
           provider_id, city, province,
           sum(captured_minor) AS revenue_captured, sum(refunded_minor) AS revenue_refunded
    FROM intent WHERE captured_minor > 0 AND purpose <> 'tip' GROUP BY 1, 2, 3, 4
"""
_SHOWN: Final = "SELECT * FROM daily"
_OF_BOOKINGS: Final = ("bookings_created", "bookings_held", "confirmed", "cancelled", "completed", "no_show", "expired")
_OF_MONEY: Final = ("revenue_captured", "revenue_refunded")


async def recount_agrees(evidence: Evidence) -> Verdict:
    """Every counter of every day, provider and city, both ways."""
    checked, broken = 0, list[str]()
    for vertical in evidence.verticals:
        shown = await evidence.rows("analytics", vertical, _SHOWN)
        bookings = await evidence.rows("booking", vertical, _RECOUNT_BOOKINGS)
        money = await evidence.rows("payments", vertical, _RECOUNT_MONEY)
        for names, source in ((_OF_BOOKINGS, bookings), (_OF_MONEY, money)):
            expected, actual = _table(source, names), _table(shown, names)
            checked += len(expected)
            broken += [
                f"{vertical} {place}: shown {actual.get(place)}, recounted {expected.get(place)}"
                for place in expected.keys() | actual.keys()
                if expected.get(place) != actual.get(place)
            ]
    return verdict("I8", "projections equal a recount from the source", checked, broken)


def _table(rows: Sequence[Row], names: Sequence[str]) -> dict[str, dict[str, int]]:
    """The counters by place; a place where all are zero says nothing."""
    table = {}
    for row in rows:
        counters = {name: int(row[name]) for name in names}
        if any(counters.values()):
            table[f"{row['local_date']} {row['provider_id']} {row['city']} {row['province']}"] = counters
    return table
