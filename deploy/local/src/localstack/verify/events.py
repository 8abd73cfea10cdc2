"""I5 every committed event is in Kafka, in its aggregate's order; I6 each counts once; I9 nobody is behind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from localstack.verify.evidence import Evidence, Sent
from localstack.verify.readers import topics_of
from localstack.verify.verdict import Verdict, verdict

_OUTBOX: Final = "SELECT event_id, sequence FROM outbox"
_INBOX: Final = "SELECT event_id FROM inbox"
_DEAD: Final = "SELECT headers ->> 'ce_id' AS event_id, resolved_at IS NULL AS waiting FROM dead_letter"


async def all_sent_in_order(evidence: Evidence) -> Verdict:
    """I5: outboxes against topics, and the order of first occurrences per key and topic."""
    sequences: dict[UUID, int] = {}
    for service, scopes in evidence.context.scopes.items():
        for scope in scopes:
            sequences |= {row["event_id"]: row["sequence"] for row in await evidence.rows(service, scope, _OUTBOX)}
    sent = {record.event_id for record in evidence.records}
    broken = [f"event {one} was committed and is not in Kafka" for one in sequences.keys() - sent]
    broken += _disorder(evidence.records, sequences)
    return verdict("I5", "every committed event is in Kafka, in its aggregate's order", len(sequences), broken)


async def each_counts_once(evidence: Evidence) -> Verdict:
    """I6: what a reader should have read is in its inbox, or visibly parked; and nothing else is."""
    checked, broken, parked = 0, [], 0
    for service, scopes in evidence.context.scopes.items():
        for scope in scopes:
            wanted = _wanted(evidence.records, topics_of(service, scope, scopes), scope)
            taken = [row["event_id"] for row in await evidence.rows(service, scope, _INBOX)]
            dead = await evidence.rows(service, scope, _DEAD)
            parked += sum(row["waiting"] for row in dead)
            checked += len(wanted)
            missing = wanted - set(taken) - {UUID(row["event_id"]) for row in dead if row["event_id"]}
            broken += [f"{service}/{scope}: event {one} was never applied" for one in missing]
            if len(taken) != len(set(taken)):
                broken.append(f"{service}/{scope}: an event was applied twice")
    notes = [f"{parked} dead letters wait for a person"] if parked else []
    return verdict("I6", "each event counts once for each reader", checked, broken, notes)


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
