"""Accounts are for good."""

import asyncpg
import pytest

from common.testing import Databases


async def test_an_account_cannot_be_deleted(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["*"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM account")
    finally:
        await connection.close()
