"""What others refer to is for good."""

import asyncpg
import pytest

from common.testing import Databases


async def test_the_application_cannot_delete_what_others_refer_to(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM provider")
    finally:
        await connection.close()
