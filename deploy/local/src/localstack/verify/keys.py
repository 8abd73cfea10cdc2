"""I4: one idempotency key has one effect.

What a key did is told by who wrote it: the stored reply and the events of its effect come from one transaction, and
PostgreSQL marks every row with the transaction that wrote it (`xmin`). A repeat without a stored reply cannot be told
from a request without a key: how many bookings came without one is a note, for whoever knows that all of theirs had
one. Payments answers after it has asked MercadoPago, in another transaction than the intent's: there the intent itself
carries its request's key.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from localstack.reading import Row
from localstack.verify.evidence import Evidence
from localstack.verify.verdict import Verdict, verdict

_BOOK: Final = "POST /api/v1/bookings"
_CREATED: Final = 201
# A key is remembered that long: used again later it is a new one.
_REMEMBERED: Final = timedelta(days=1)
_KEYS: Final = """
    SELECT scope, key, status, reply, created_on, CAST(xmin AS text) AS written_by FROM idempotency
    ORDER BY scope, key, created_on
"""
# The first version of an aggregate: an effect that cannot be a second one of something else. The bookings of a series
# are one effect together.
_MADE: Final = """
    SELECT DISTINCT CAST(xmin AS text) AS written_by, topic, CASE WHEN starts_with(topic, 'booking.') THEN
        coalesce(CAST(CAST(convert_from(payload, 'UTF8') AS jsonb) #>> '{data,seriesId}' AS uuid), key)
        ELSE key END AS key
    FROM outbox WHERE sequence = 1
"""
_BOOKINGS: Final = """
    SELECT id, created_at > app_now() - interval '12 hours' AND app_now() <= now() + interval '1 minute'
               AND series_id IS NULL AS lately
    FROM booking
"""
_PAYMENTS: Final = """
    SELECT request_key, count(DISTINCT booking_id) AS bookings, count(*) FILTER (WHERE paid_at IS NOT NULL) AS paid
    FROM intent WHERE request_key IS NOT NULL GROUP BY request_key
"""
Made = Mapping[str, Sequence[Row]]


async def one_key_one_effect(evidence: Evidence) -> Verdict:
    """I4: a key is stored once, its transaction made one thing, and no two keys made the same booking."""
    checked, broken, notes = 0, list[str](), list[str]()
    for service, scopes in evidence.context.scopes.items():
        for scope in scopes:
            rows = await evidence.rows(service, scope, _KEYS)
            made = await _made(evidence, service, scope)
            checked += len(rows)
            wrong = [*_stored_twice(rows), *(one for row in rows for one in _several(row, made))]
            broken += [f"{service}/{scope}: {one}" for one in wrong]
            if service == "booking":
                wrong, keyless = await _bookings(evidence, scope, rows, made)
                broken += [f"{service}/{scope}: {one}" for one in wrong]
                notes += [f"{keyless} bookings of {scope} came without a key"] if keyless else []
    for vertical in evidence.verticals:
        broken += [f"payments/{vertical}: {one}" for one in await _payments(evidence, vertical)]
    return verdict("I4", "one idempotency key has one effect", checked, broken, notes)


async def _made(evidence: Evidence, service: str, scope: str) -> Made:
    """What came into being, by the transaction that told of it."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in await evidence.rows(service, scope, _MADE):
        found[row["written_by"]].append(row)
    return found


def _stored_twice(rows: Sequence[Row]) -> Iterator[str]:
    for one, other in pairwise(rows):
        same = (one["scope"], one["key"]) == (other["scope"], other["key"])
        if same and other["created_on"] - one["created_on"] <= _REMEMBERED:
            yield f"key {one['key']} is stored twice"


def _several(row: Row, made: Made) -> Iterator[str]:
    """More than one new aggregate of a kind under one key."""
    by_topic: dict[str, set[UUID]] = defaultdict(set)
    for effect in made.get(row["written_by"], ()):
        by_topic[effect["topic"]].add(effect["key"])
    for topic, keys in by_topic.items():
        if len(keys) > 1:
            yield f"key {row['key']} has {len(keys)} effects: {topic} of {', '.join(sorted(map(str, keys)))}"


async def _bookings(evidence: Evidence, vertical: str, rows: Sequence[Row], made: Made) -> tuple[list[str], int]:
    """Replies against bookings; how many of the last hours are in no reply."""
    bookings = {row["id"]: bool(row["lately"]) for row in await evidence.rows("booking", vertical, _BOOKINGS)}
    broken, keys = list[str](), dict[UUID, str]()
    for row in rows:
        if not row["scope"].endswith(_BOOK) or row["status"] != _CREATED:
            continue
        booking_id = UUID(json.loads(row["reply"])["id"])
        if booking_id in keys:
            broken.append(f"keys {keys[booking_id]} and {row['key']} made one booking {booking_id}")
        keys[booking_id] = row["key"]
        if booking_id not in bookings:
            broken.append(f"the reply of key {row['key']} names booking {booking_id}, which is not there")
        # After a restore nothing is told any more by who wrote it: then the transaction made nothing that we know of.
        told = {one["key"] for one in made.get(row["written_by"], ()) if one["topic"] == "booking.created"}
        if told and booking_id not in told:
            broken.append(f"the reply of key {row['key']} names booking {booking_id}, its transaction made another")
    return broken, sum(lately for one, lately in bookings.items() if one not in keys)


async def _payments(evidence: Evidence, vertical: str) -> list[str]:
    """A key may see several intents of its booking come and go (one expires, it is asked again); one is paid."""
    return [
        f"key {row['request_key']} paid {row['paid']} times for {row['bookings']} bookings"
        for row in await evidence.rows("payments", vertical, _PAYMENTS)
        if row["bookings"] > 1 or row["paid"] > 1
    ]
