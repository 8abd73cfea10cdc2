"""I1 no two live bookings on one seat; I2 every booking ends, and its money with it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from localstack.reading import Row
from localstack.verify.cancellations import Cancellation, cancellations, fee_of_no_show, may_keep
from localstack.verify.evidence import Evidence, taken_and_returned
from localstack.verify.groups import wrong_in_sessions
from localstack.verify.verdict import Verdict, verdict

_SLA: Final = "1 minute"
_PAYMENTS_ANSWER: Final = "10 minutes"
_LIVE: Final = "('pending', 'held', 'confirmed', 'arrived')"

_OVERLAPS: Final = """
    SELECT coalesce(a.booking_id, a.session_id) AS one, coalesce(b.booking_id, b.session_id) AS other
    FROM claim a JOIN claim b
        ON a.resource = b.resource AND a.unit = b.unit AND a.during && b.during AND a.id < b.id
    WHERE a.live AND b.live
"""
# Which resources, not how many: a claim on another chair than the booking's leaves the booking's own chair free. Staff
# need not be there all the while, but when it begins and when it ends; a thing of a single service is taken throughout.
_CLAIMS: Final = f"""
    SELECT booking.id, booking.status, booking.status IN {_LIVE} AS is_live,
           booking.status IN {_LIVE} OR booking.status IN ('completed', 'no_show') AS may_count,
           (SELECT array_agg(DISTINCT wanted) FROM unnest(staff || resource_ids) AS wanted) AS wanted,
           coalesce(array_agg(DISTINCT resource) FILTER (WHERE seat), ARRAY[]::uuid[]) AS claimed,
           count(*) FILTER (WHERE claim.live AND claim.counts) AS counted,
           min(lower(during)) FILTER (WHERE seat AND resource = ANY (staff)) <= starts_at
           AND max(upper(during)) FILTER (WHERE seat AND resource = ANY (staff)) >= ends_at
           AND coalesce(bool_and(during @> tstzrange(starts_at, ends_at))
                        FILTER (WHERE seat AND resource <> ALL (staff) AND also = '[]'), true)
           AND coalesce(bool_and(during @> starts_at) FILTER (WHERE claim.live AND claim.counts), true) AS covers
    FROM booking CROSS JOIN LATERAL (
        SELECT staff_id || ARRAY(SELECT CAST(one->>'staff_id' AS uuid) FROM jsonb_array_elements(also) AS one) AS staff
    ) AS people LEFT JOIN LATERAL (
        SELECT claim.*, live AND NOT counts AS seat FROM claim WHERE claim.booking_id = booking.id
    ) AS claim ON true
    WHERE booking.session_id IS NULL
    GROUP BY booking.id, staff
"""  # noqa: S608 - constants of this module
_STRAY_CLAIMS: Final = """
    SELECT coalesce(booking_id, session_id) AS id FROM claim
    WHERE live AND NOT EXISTS (SELECT FROM booking WHERE booking.id = claim.booking_id)
      AND NOT EXISTS (SELECT FROM session WHERE session.id = claim.session_id)
"""
# By `hold_expires_at` too: a due time that is put off again and again is a hold that never ends.
_BOOKINGS: Final = f"""
    SELECT id, status, price_minor, due_minor, paid_minor, refunded_minor, policy, starts_at, cancelled_by, payer_id,
           (SELECT coalesce(sum(amount_minor), 0) FROM capture WHERE booking_id = booking.id AND purpose = 'balance')
           - (SELECT coalesce(sum(refund.amount_minor), 0) FROM refund JOIN capture USING (payment_id)
              WHERE capture.booking_id = booking.id AND purpose = 'balance'
                AND NOT starts_with(reason, 'given-back-by-')) AS balance_minor,
           status IN ('pending', 'held') AND (due_at IS NULL OR due_at < app_now() - interval '{_SLA}'
               OR hold_expires_at < app_now() - interval '{_PAYMENTS_ANSWER}' - interval '{_SLA}') AS overdue
    FROM booking
"""  # noqa: S608 - constants of this module

_REFUNDS_TO_COME: Final = """
    SELECT intent.booking_id, sum(refund.amount_minor) AS minor FROM refund JOIN intent ON intent.id = refund.intent_id
    WHERE refund.due_at < app_now() + interval '15 minutes' AND refund.created_at > app_now() - interval '1 hour'
    GROUP BY intent.booking_id
"""
# Operators, a provider or MercadoPago's panel: booking asked for none of it.
_GIVEN_BACK_BY_OTHERS: Final = """
    SELECT intent.booking_id, sum(refund.amount_minor) AS minor FROM refund JOIN intent ON intent.id = refund.intent_id
    WHERE refund.status = 'done' AND refund.origin IN ('operator', 'provider', 'external') AND intent.purpose <> 'tip'
    GROUP BY intent.booking_id
"""


async def no_overlaps(evidence: Evidence) -> Verdict:
    """I1: pairwise, without asking the constraint that should have prevented it; and every seat taken is claimed."""
    checked, broken = 0, list[str]()
    for vertical in evidence.verticals:
        overlaps = await evidence.rows("booking", vertical, _OVERLAPS)
        broken += [f"{vertical}: bookings {row['one']} and {row['other']} overlap" for row in overlaps]
        strays = await evidence.rows("booking", vertical, _STRAY_CLAIMS)
        broken += [f"{vertical}: a live claim of booking {row['id']}, which is not there" for row in strays]
        seen, wrong = await wrong_in_sessions(evidence, vertical)
        checked, broken = checked + seen, broken + [f"{vertical}: {one}" for one in wrong]
        for row in await evidence.rows("booking", vertical, _CLAIMS):
            checked += 1
            if row["claimed"] != (row["wanted"] if row["is_live"] else []):
                claimed = ", ".join(map(str, row["claimed"])) or "nothing"
                broken.append(f"{vertical}: {row['status']} booking {row['id']} claims {claimed}")
            elif row["counted"] and not row["may_count"]:
                broken.append(f"{vertical}: {row['status']} booking {row['id']} counts in its day")
            elif row["is_live"] and not row["covers"]:
                broken.append(f"{vertical}: a claim of booking {row['id']} does not cover its time")
    return verdict("I1", "no two live bookings overlap on one seat", checked, broken)


async def money_follows(evidence: Evidence) -> Verdict:
    """I2: what MercadoPago holds for a booking is what the booking says, unless a refund waits or a case is open."""
    checked, broken, cases, waiting, believed, in_advance = 0, list[str](), 0, 0, 0, 0
    for vertical in evidence.verticals:
        held = await _net_by_booking(evidence, vertical)
        open_cases = await _open_cases(evidence, vertical)
        refunds = await _refunds_to_come(evidence, vertical)
        called_off = await cancellations(evidence, vertical)
        by_others = await _sums(evidence, vertical, _GIVEN_BACK_BY_OTHERS)
        for row in await evidence.rows("booking", vertical, _BOOKINGS):
            checked += 1
            if row["overdue"]:
                broken.append(f"{vertical}: booking {row['id']} is held long after its time")
            believed += row["status"] == "cancelled" and row["id"] not in called_off
            expected = _expected(row, called_off.get(row["id"]), by_others.get(row["id"], 0))
            actual = held.pop(row["id"], 0)
            if row["payer_id"] is not None:
                in_advance += 1
            elif expected != actual and row["id"] in open_cases:
                cases += 1
            elif expected != actual and actual - refunds.get(row["id"], 0) == expected:
                waiting += 1
            elif expected != actual:
                broken.append(f"{vertical}: {row['status']} booking {row['id']}: {actual} held, {expected} expected")
        broken += [f"{vertical}: {net} held for booking {one}, unknown to booking" for one, net in held.items() if net]
    notes = [f"{cases} differences have an open reconciliation case"] if cases else []
    notes += [f"{waiting} refunds are asked for again a while after MercadoPago's last refusal"] if waiting else []
    notes += [f"{in_advance} bookings of series paid in advance: their money is not judged"] if in_advance else []
    notes += (
        [f"{believed} cancellations are older than the outbox: booking's own sums are believed"] if believed else []
    )
    return verdict("I2", "every booking ends, and holds just the money its state says", checked, broken, notes)


def _expected(row: Row, called_off: Cancellation | None, by_others: int) -> int:
    """What MercadoPago should hold, in centavos.

    Once confirmed what is due and what was paid beyond it, of a no-show no more than its fee; after a cancellation
    what the policy keeps; nothing of a hold, running or run out. Less what others gave back: of a cancelled booking
    what they gave afterwards, for the policy speaks of what was there. Where they left too little for it, booking's
    refund was of what there was.
    """
    if row["status"] in ("confirmed", "arrived", "completed", "no_show"):
        kept = int(row["due_minor"] + row["balance_minor"])
        return (min(kept, fee_of_no_show(row)) if row["status"] == "no_show" else kept) - by_others
    if row["status"] != "cancelled":
        return 0
    if called_off is None:
        return int(row["paid_minor"] - row["refunded_minor"])
    return max(0, may_keep(row, called_off) - max(0, by_others - called_off.by_others))


async def _net_by_booking(evidence: Evidence, vertical: str) -> dict[UUID, int]:
    rows = await evidence.rows("payments", vertical, "SELECT id, booking_id FROM intent WHERE purpose <> 'tip'")
    booking_of: Mapping[str, UUID] = {f"{vertical}.{row['id']}": row["booking_id"] for row in rows}
    net: dict[UUID, int] = defaultdict(int)
    for payment in evidence.payments:
        booking_id = booking_of.get(payment["external_reference"] or "")
        if booking_id is not None:
            taken, returned = taken_and_returned(payment)
            net[booking_id] += taken - returned
    return net


async def _refunds_to_come(evidence: Evidence, vertical: str) -> dict[UUID, int]:
    """Centavos by booking that are still to be given back: the next try is set, and not long after the first."""
    return await _sums(evidence, vertical, _REFUNDS_TO_COME)


async def _sums(evidence: Evidence, vertical: str, query: str) -> dict[UUID, int]:
    return {row["booking_id"]: int(row["minor"]) for row in await evidence.rows("payments", vertical, query)}


async def _open_cases(evidence: Evidence, vertical: str) -> set[UUID]:
    query = "SELECT DISTINCT booking_id FROM reconciliation_case WHERE closed_at IS NULL AND booking_id IS NOT NULL"
    return {row["booking_id"] for row in await evidence.rows("payments", vertical, query)}
