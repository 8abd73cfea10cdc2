"""I5 every committed event is in Kafka, in its aggregate's order; I6 each counts once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from contracts.base import Cleanup
from contracts.registry import TOPICS
from localstack.reading import Row
from localstack.verify.contacts import wrong_contacts
from localstack.verify.effects import wrong_effects
from localstack.verify.evidence import Evidence, Sent
from localstack.verify.readers import topics_of
from localstack.verify.verdict import Verdict, verdict

# Kafka keeps a record for 7 days, an outbox a row for 8: older ones may be gone there and still be here.
_OUTBOX: Final = """
    SELECT event_id, topic, CAST(key AS text) AS key, sequence,
           created_at > now() - interval '6 days' AND created_at < $1 AS kept,
           id = max(id) OVER (PARTITION BY topic, key) AS newest
    FROM outbox
"""
# An inbox keeps the ids of 15 days, a compacted topic its records for ever: older ones may be here and not there.
_REMEMBERED: Final = timedelta(days=14)
_INBOX: Final = "SELECT event_id FROM inbox"
_DEAD: Final = "SELECT headers ->> 'ce_id' AS event_id, resolved_at IS NULL AS waiting FROM dead_letter"
_COMPACTED: Final = frozenset(topic.name for topic in TOPICS if topic.cleanup is Cleanup.COMPACT)


async def all_sent_in_order(evidence: Evidence) -> Verdict:
    """I5: outboxes against topics, and the order of first occurrences per key and topic."""
    committed: dict[UUID, Row] = {}
    for service, scopes in evidence.context.scopes.items():
        for scope in scopes:
            committed |= {
                row["event_id"]: row for row in await evidence.rows(service, scope, _OUTBOX, evidence.complete_until)
            }
    sent = {record.event_id: record for record in evidence.records if record.event_id is not None}
    broken = [one for row in committed.values() for one in _unsent(row, sent.get(row["event_id"]))]
    broken += _disorder(evidence.records, {event_id: row["sequence"] for event_id, row in committed.items()})
    strangers = len(sent.keys() - committed.keys())
    notes = [f"{strangers} events in Kafka are in no outbox"] if strangers else []
    return verdict("I5", "every committed event is in Kafka, in its aggregate's order", len(committed), broken, notes)


async def each_counts_once(evidence: Evidence) -> Verdict:
    """I6: what a reader should have read is in its inbox, or visibly parked, and its effect is there once."""
    checked, broken, parked = 0, list[str](), 0
    oldest = floor_of(datetime.now(UTC) - _REMEMBERED)
    for service, scopes in evidence.context.scopes.items():
        for scope in scopes:
            topics = topics_of(service, scope, scopes)
            wanted = {one for one in _wanted(evidence.records, topics, scope) if one >= oldest}
            taken = [row["event_id"] for row in await evidence.rows(service, scope, _INBOX)]
            dead = await evidence.rows(service, scope, _DEAD)
            parked += sum(row["waiting"] for row in dead)
            checked += len(wanted)
            missing = wanted - set(taken) - {UUID(row["event_id"]) for row in dead if row["event_id"]}
            broken += [f"{service}/{scope}: event {one} was never applied" for one in missing]
            if len(taken) != len(set(taken)):
                broken.append(f"{service}/{scope}: an event was applied twice")
    broken += await wrong_effects(evidence) + await wrong_contacts(evidence)
    notes = [f"{parked} dead letters wait for a person"] if parked else []
    return verdict("I6", "each event counts once for each reader", checked, broken, notes)


def _unsent(row: Row, record: Sent | None) -> Iterator[str]:
    """Of a compacted topic the newest record of a key stays, of another everything for as long as it is kept."""
    if record is None:
        if row["kept"] and (row["newest"] or row["topic"] not in _COMPACTED):
            yield f"event {row['event_id']} was committed and is not in Kafka"
    elif (record.topic, record.key) != (row["topic"], row["key"]):
        yield f"event {row['event_id']} of {row['topic']} {row['key']} is in Kafka as {record.topic} {record.key}"


def floor_of(instant: datetime) -> UUID:
    """Every UUIDv7 made before the instant is below it."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def _wanted(records: Sequence[Sent], topics: frozenset[str], scope: str) -> set[UUID]:
    return {
        record.event_id
        for record in records
        if record.topic in topics and record.event_id is not None and (scope == "*" or record.vertical in (scope, "*"))
    }


def _disorder(records: Sequence[Sent], sequences: Mapping[UUID, int]) -> list[str]:
    """First occurrences whose version is lower than that of an earlier one with the same key and topic."""
    highest: dict[tuple[str, str], int] = defaultdict(int)
    seen: set[UUID] = set()
    broken = []
    for record in records:
        if record.event_id is None or record.event_id in seen or record.event_id not in sequences:
            continue
        seen.add(record.event_id)
        place, version = (record.topic, record.key), sequences[record.event_id]
        if version < highest[place]:
            broken.append(f"{record.topic} {record.key}: version {version} after {highest[place]}")
        highest[place] = max(highest[place], version)
    return broken
