"""What others refer to is for good."""

import asyncpg
import pytest

from common.testing import Databases


@pytest.mark.parametrize("table", ["provider", "service", "schedule", "time_off"])
async def test_the_application_cannot_delete_what_others_refer_to(databases: Databases, table: str) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this test
    finally:
        await connection.close()
