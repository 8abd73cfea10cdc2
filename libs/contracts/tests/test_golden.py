"""Contracts only grow: one record of each published version still says what it said."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.base import Cleanup
from contracts.envelope import MalformedEventError, decode, encode, headers
from contracts.registry import FACTS, TOPICS

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def _of(published: Any, again: Any) -> Any:
    """What `again` says of that which was published: parts may have grown too."""
    if isinstance(published, dict):
        return {name: _of(value, again[name]) for name, value in published.items()}
    if isinstance(published, list) and len(published) == len(again):
        return [_of(*pair) for pair in zip(published, again, strict=True)]
    return again


def test_every_fact_has_a_golden_record() -> None:
    assert {path.stem.rpartition(".v")[0] for path in GOLDEN} == set(FACTS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_published_record_still_means_the_same(path: Path) -> None:
    published = json.loads(path.read_bytes())
    event = decode(path.read_bytes())
    again = json.loads(encode(event) or b"")
    assert _of(published, again) == published


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_newer_writers_field_is_passed_over(path: Path) -> None:
    record = json.loads(path.read_bytes())
    record["data"]["fieldOfTheFuture"] = {"any": "thing"}
    assert decode(json.dumps(record).encode()) == decode(path.read_bytes())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_record_without_one_of_its_fields_is_malformed_or_has_a_default(path: Path) -> None:
    record = json.loads(path.read_bytes())
    model = FACTS[record["type"]]
    for name, field in model.model_fields.items():
        shorter = record | {"data": {k: v for k, v in record["data"].items() if k != field.alias}}
        if field.is_required():
            with pytest.raises(MalformedEventError):
                decode(json.dumps(shorter).encode())
        else:
            assert getattr(decode(json.dumps(shorter).encode()).data, name) == field.default


def test_a_subject_that_is_not_the_datas_own_is_malformed() -> None:
    record = json.loads(GOLDEN[0].read_bytes()) | {"subject": "01930000-0000-7000-8000-00000000ffff"}
    with pytest.raises(MalformedEventError):
        decode(json.dumps(record).encode())


def test_a_malformed_record_is_refused_without_quoting_it() -> None:
    record = json.loads(GOLDEN[0].read_bytes()) | {"data": {"name": "Ana Canario"}}
    with pytest.raises(MalformedEventError) as refused:
        decode(json.dumps(record).encode())
    assert "Canario" not in str(refused.value)


def test_a_consumer_can_decide_on_the_headers_alone() -> None:
    event = decode(GOLDEN[0].read_bytes())
    expected = {"ce_id": str(event.id), "ce_type": event.type, "ce_vertical": "barber"}
    assert expected.items() <= headers(event).items()


def test_only_contacts_are_compacted_and_only_sealed_heads_are_kept_for_ever() -> None:
    assert [topic.name for topic in TOPICS if topic.cleanup is Cleanup.COMPACT] == ["account.contact"]
    assert [topic.name for topic in TOPICS if topic.is_kept] == ["audit.sealed"]
