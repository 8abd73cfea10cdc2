"""What the roles of the application may not do."""

import asyncpg
import pytest

from analytics.usecases import AnalyticsContext


@pytest.mark.parametrize("table", ["booking_fact", "payment_fact", "provider_fact", "daily"])
async def test_the_application_deletes_no_fact(context: AnalyticsContext, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with context.uow.begin("barber") as work:
            await work.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this test


async def test_a_role_of_one_vertical_reads_nothing_of_another(context: AnalyticsContext) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with context.uow.read("barber") as session:
            await session.connection.fetch("SELECT * FROM psychology.daily")
