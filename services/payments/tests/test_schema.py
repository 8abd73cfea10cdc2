"""Who may read what."""

import asyncpg
import pytest
from services.payments.tests.builders import Road


async def test_a_role_of_one_vertical_reads_no_other(road: Road) -> None:
    for scope, other in (("barber", "psychology"), ("*", "barber"), ("barber", "shared")):
        async with road.uow.read(scope) as session:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.connection.fetch(f"SELECT * FROM {other}.intent")  # noqa: S608 - names from this test
