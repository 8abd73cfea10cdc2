"""The other half of I6: an inbox says that an event was taken once, what it did says whether it was done once."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from localstack.verify.evidence import Evidence
from localstack.verify.readers import topics_of

_TOLD: Final = "SELECT key, max(sequence) AS version FROM outbox WHERE topic = ANY ($1) GROUP BY key"
_PARKED: Final = "SELECT DISTINCT subject FROM dead_letter WHERE resolved_at IS NULL"
_SUMS: Final = """
    SELECT id, paid_minor, refunded_minor,
           (SELECT coalesce(sum(amount_minor), 0) FROM capture WHERE booking_id = booking.id) AS captured,
           (SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE booking_id = booking.id) AS asked_back
    FROM booking
"""
_CAPTURES: Final = "SELECT payment_id AS id, amount_minor FROM capture"
_INTENTS: Final = """
    SELECT id, captured_minor AS amount_minor FROM intent WHERE captured_minor > 0 AND purpose <> 'tip'
"""
# What people, or MercadoPago's panel, gave back is noted by booking under a reason that begins like this.
_ASKED: Final = "SELECT id, amount_minor FROM refund WHERE NOT starts_with(reason, 'given-back-by-')"
_NOTED: Final = "SELECT payment_id AS id, sum(amount_minor) AS amount_minor FROM refund GROUP BY payment_id"
# Where others' refunds and booking's crossed, booking's was made smaller, or was abandoned: together they are the same.
_GOES_BACK: Final = """
    SELECT intent.id, sum(refund.amount_minor) AS amount_minor FROM refund JOIN intent ON intent.id = refund.intent_id
    WHERE purpose <> 'tip' AND (
        origin = 'booking' AND refund.status <> 'abandoned'
        OR origin IN ('operator', 'provider', 'external') AND refund.status = 'done'
    ) GROUP BY intent.id
"""
_TAKEN_ON: Final = "SELECT id, amount_minor FROM refund WHERE origin = 'booking'"
# A person has it in hand, or has settled that it stays as it is.
_IN_DOUBT: Final = """
    SELECT intent_id AS id FROM reconciliation_case WHERE closed_at IS NULL AND intent_id IS NOT NULL
    UNION SELECT refund.intent_id FROM refund JOIN reconciliation_case c ON c.subject = CAST(refund.id AS text)
          WHERE refund.status = 'abandoned'
"""


@dataclass(frozen=True, slots=True)
class _Model:
    """A reader's copy of another service's aggregate: which events it is made of, and where its version stands."""

    reader: str
    table: str
    owner: str
    fact: str
    key: str
    version: str = "version"

    @property
    def query(self) -> str:
        return f"SELECT {self.key} AS id, {self.version} AS version FROM {self.table}"  # noqa: S608 - this module's


_MODELS: Final = (
    _Model("booking", "provider", "providers", "provider.", "id"),
    _Model("booking", "service", "providers", "service.", "id"),
    _Model("booking", "schedule", "providers", "schedule.", "id"),
    _Model("payments", "provider", "providers", "provider.", "id"),
    _Model("payments", "payable", "booking", "booking.", "booking_id"),
    _Model("notifications", "provider", "providers", "provider.", "provider_id"),
    _Model("notifications", "service", "providers", "service.", "service_id"),
    _Model("notifications", "booking", "booking", "booking.", "booking_id"),
    _Model("analytics", "provider_fact", "providers", "provider.", "provider_id", "sequence"),
    _Model("analytics", "booking_fact", "booking", "booking.", "booking_id", "sequence"),
    _Model("analytics", "payment_fact", "payments", "payment.", "payment_id", "sequence"),
)


async def wrong_effects(evidence: Evidence) -> list[str]:
    """Read models that are not at the version last told, and money that moved another number of times than told.

    What waits as a dead letter is behind for a reason that everybody sees, and is left out.
    """
    broken = list[str]()
    for vertical in evidence.verticals:
        for model in _MODELS:
            broken += [f"{model.reader}/{vertical}: {one}" for one in await _misplaced(evidence, vertical, model)]
        broken += [f"booking/{vertical}: {one}" for one in await _miscounted(evidence, vertical)]
    return broken


async def _misplaced(evidence: Evidence, vertical: str, model: _Model) -> list[str]:
    topics = topics_of(model.reader, vertical, evidence.context.scopes[model.reader])
    mine = [topic for topic in topics if topic.startswith(model.fact)]
    told = await _amounts(evidence, model.owner, vertical, _TOLD, mine, column="version", key="key")
    known = await _amounts(evidence, model.reader, vertical, model.query, column="version")
    parked = await parked_subjects(evidence, model.reader, vertical)
    return [
        f"{model.table} {one} is at version {known.get(one)}, told was {version}"
        for one, version in told.items()
        if known.get(one) != version and one not in parked
    ]


async def _miscounted(evidence: Evidence, vertical: str) -> list[str]:
    broken = list[str]()
    for row in await evidence.rows("booking", vertical, _SUMS):
        if (row["paid_minor"], row["refunded_minor"]) != (row["captured"], row["asked_back"]):
            counted = f"{row['paid_minor']} paid and {row['refunded_minor']} asked back"
            broken.append(f"booking {row['id']} says {counted}, told was {row['captured']} and {row['asked_back']}")
    captured = await _amounts(evidence, "payments", vertical, _INTENTS)
    taken = await _amounts(evidence, "booking", vertical, _CAPTURES)
    asked = await _amounts(evidence, "booking", vertical, _ASKED)
    taken_on = await _amounts(evidence, "payments", vertical, _TAKEN_ON)
    parked = await parked_subjects(evidence, "booking", vertical)
    broken += _unlike("payment", captured, taken, parked)
    noted = await _amounts(evidence, "booking", vertical, _NOTED)
    goes_back = await _amounts(evidence, "payments", vertical, _GOES_BACK)
    doubted = {row["id"] for row in await evidence.rows("payments", vertical, _IN_DOUBT)}
    deaf = await parked_subjects(evidence, "payments", vertical)
    broken += _unlike("what goes back of payment", goes_back, noted, parked | deaf | doubted)
    return broken + _unlike("refund", asked, _as_asked(asked, taken_on), deaf)


def _as_asked(asked: dict[UUID, int], taken_on: dict[UUID, int]) -> dict[UUID, int]:
    """A refund may be of less than was asked, where others gave back the rest: that is counted by payment."""
    return {one: asked[one] if 0 < minor < asked.get(one, 0) else minor for one, minor in taken_on.items()}


def _unlike(what: str, told: dict[UUID, int], done: dict[UUID, int], parked: set[UUID]) -> list[str]:
    return [
        f"{what} {one}: told was {told.get(one, 0)}, {done.get(one, 0)} was done"
        for one in told.keys() | done.keys()
        if told.get(one, 0) != done.get(one, 0) and one not in parked
    ]


async def _amounts(
    evidence: Evidence,
    service: str,
    vertical: str,
    query: str,
    *values: object,
    column: str = "amount_minor",
    key: str = "id",
) -> dict[UUID, int]:
    return {row[key]: int(row[column]) for row in await evidence.rows(service, vertical, query, *values)}


async def parked_subjects(evidence: Evidence, service: str, vertical: str) -> set[UUID]:
    """What a reader has a dead letter of: it is behind for a reason that everybody sees."""
    rows = await evidence.rows(service, vertical, _PARKED)
    # A malformed record is parked under its place, which is no id.
    return {UUID(row["subject"]) for row in rows if "/" not in row["subject"]}
