"""The function that benches call."""

from services.analytics.tests.load import business, project_in_batches

from analytics.usecases import AnalyticsContext


async def test_a_business_day_is_projected_in_batches_and_every_booking_counted(context: AnalyticsContext) -> None:
    topics = business(2_000)
    assert await project_in_batches(context, topics) > 0
    async with context.uow.read("barber") as session:
        providers = sorted({event.data.provider_id for events in topics for event in events})
        confirmed = await session.connection.fetchval(
            "SELECT sum(confirmed) FROM daily WHERE provider_id = ANY ($1)", providers
        )
    assert confirmed == 500
