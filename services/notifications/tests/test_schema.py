"""The migrated schema is what the store describes, types included; and settings that cannot be are refused."""

from base64 import b64encode

import asyncpg
import pytest
from pydantic import ValidationError

from common.testing import Databases
from notifications.settings import Settings
from notifications.store import notifications


async def test_the_application_cannot_forget_a_message(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM notification")
    finally:
        await connection.close()


async def test_due_messages_are_found_by_their_index(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        await connection.execute("SET enable_seqscan = off")
        sql = notifications.LOCK_DUE.sql.replace("$1", "'email'").replace("$2", "6")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}"))
    finally:
        await connection.close()
    assert "notification_due" in plan


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contact_keys", {}),
        ("contact_keys", {"k1": b64encode(b"short").decode()}),
        ("contact_keys", {"k1": "not base64"}),
        ("whatsapp_phone_number_id", "../other"),
        ("mail_from", "nobody"),
        ("paused_channels", ["fax"]),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings: Settings, name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**(settings.model_dump() | {name: value}))
    assert {error["loc"][0] for error in refused.value.errors()} == {name}
