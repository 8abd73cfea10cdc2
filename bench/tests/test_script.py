"""pgbench is given the application's own statements, all of them, in the form it sends them."""

import re
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest
from bench.recording import Asked, Recording
from bench.script import SERIAL, Script, as_text, script_of

import booking.app  # noqa: F401 - fills the registry
from booking.store.bookings import INSERT_BOOKING
from booking.store.offers import FIND_CLAIMS, FIND_OPENING
from common.db import REGISTRY, Statement
from common.road import CLAIM_KEY, INSERT_OUTBOX, REMEMBER_REPLY, SELECT_NOW
from contracts.ids import new_id

HOLD_PATH = (CLAIM_KEY, FIND_OPENING, FIND_CLAIMS, INSERT_BOOKING, SELECT_NOW, INSERT_OUTBOX, REMEMBER_REPLY)
BOOKING, STAFF, SERVICE = new_id(), new_id(), new_id()
KEY = "the key of one request"
NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
VALUES: dict[str, object] = {
    "id": BOOKING,
    "key": KEY,
    "scope": "somebody POST /api/v1/bookings",
    "service_id": SERVICE,
    "resources": [STAFF, SERVICE],
    "starts_at": NOON,
    "hold_number": None,
}


def asked(statement: Statement) -> Asked:
    values = {name: VALUES.get(name, 1) for name in statement.names}
    return Asked(statement.sql, tuple(statement.arguments(values)))


def hold_script() -> Script:
    statements = [Asked("BEGIN;"), *(asked(statement) for statement in HOLD_PATH), Asked("COMMIT;")]
    return script_of(Recording(tuple(statements), (KEY, BOOKING, STAFF)))


def without_values(sql: str) -> str:
    """A statement with every parameter, or what stands in for it, as a question mark."""
    fresh = r"CAST\(CAST\(:head AS text\) \|\| CAST\(:fresh\d+ AS text\) AS uuid\)"
    lists = rf"ARRAY\[(?:{fresh}|CAST\('[^']*' AS uuid\)|, )+\]"
    return re.sub(rf"{lists}|{fresh}|\$\d+|(?<!:):[a-z]\w*|NULL(?=[,)])", "?", sql.strip())


def statements_in(script: Script) -> list[str]:
    lines = [line for line in script.text.splitlines() if not line.startswith("\\")]
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]


def test_the_script_holds_every_statement_of_the_hold_path_between_begin_and_commit() -> None:
    expected = ["BEGIN", *(without_values(statement.sql) for statement in HOLD_PATH), "COMMIT"]
    assert [without_values(one) for one in statements_in(hold_script())] == expected
    assert set(HOLD_PATH) <= set(REGISTRY)


def test_every_parameter_has_a_value() -> None:
    script = hold_script()
    assert "$" not in script.text
    named = set(re.findall(r"(?<!:):(\w+)", script.text))
    made = set(re.findall(r"^\\set (\w+)", script.text, re.MULTILINE))
    assert named == made | script.variables.keys()
    assert SERIAL in made


def test_what_no_two_bookings_share_is_made_anew_and_the_rest_is_not() -> None:
    script = hold_script()
    text = script.text + "".join(script.variables.values())
    for value in (BOOKING, STAFF, KEY):
        assert str(value) not in text
    assert str(SERVICE) in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "t"),
        (7, "7"),
        (NOON, "2026-11-20T15:00:00+00:00"),
        (date(2026, 11, 20), "2026-11-20"),
        (b"\x01\xff", "\\x01ff"),
        ({"a": 'say "hi"'}, '{"a":"say \\"hi\\""}'),
        ([1, 2], '{"1","2"}'),
        ([{"a": 1}], '{"{\\"a\\":1}"}'),
        (asyncpg.Range(1, 2), '["1","2")'),
        ([asyncpg.Range(1, 2)], '{"[\\"1\\",\\"2\\")"}'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_value_is_written_as_postgresql_reads_it(value: object, text: str) -> None:
    assert as_text(value) == text


def test_a_kind_of_value_that_no_booking_sends_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        as_text(1j)
