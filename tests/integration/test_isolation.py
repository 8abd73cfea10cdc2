"""What happens in one vertical, or in one service, is no other's business."""

import asyncpg
import pytest
from tests.town.client import BARBER, PSYCHOLOGY, Call, Json, slug_of
from tests.town.records import Records
from tests.town.shops import open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually
from localstack.programs import SERVICES
from localstack.scopes import role

pytestmark = ON_STACK


async def test_a_booking_at_a_psychologist_is_in_no_barber_schema_and_no_barber_figure(town: Town) -> None:
    barber, psychology = await town.people.analyst(BARBER), await town.people.analyst(PSYCHOLOGY)
    shop = await open_shop(town, PSYCHOLOGY)
    client = await town.people.client()
    before = await dashboard(town, BARBER, barber.token)
    booking, _ = await town.buy(client, shop, await shop.slot())
    await eventually(lambda: shown(town, shop.spot.city, psychology.token), 20)
    words = [booking["id"], shop.provider_id, shop.spot.city]
    for service in SERVICES:
        assert await town.records.tables_with(service, words, schema=BARBER) == []
        # Accounts are shared, and so are their closed contacts: that this one exists is all that barber may know.
        known = await town.records.tables_with(service, [str(client.id)], schema=BARBER)
        assert set(known) <= {"notifications.barber.contact", "payments.barber.contact"}
    assert await town.records.tables_with("booking", words, schema=PSYCHOLOGY) != []
    assert await dashboard(town, BARBER, barber.token) == before
    of_provider = f"/api/v1/analytics/dashboard/{shop.provider_id}"
    for vertical, account in ((BARBER, barber), (PSYCHOLOGY, barber), (BARBER, psychology)):
        answer = await town.gateway.send(Call("GET", of_provider, vertical, account.token))
        assert slug_of(answer) in {"not-found", "forbidden"}


async def test_a_psychologists_booking_is_not_found_at_the_barbers_host(town: Town) -> None:
    shop = await open_shop(town, PSYCHOLOGY)
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    answer = await town.gateway.send(Call("GET", f"/api/v1/bookings/{booking['id']}", BARBER, client.token))
    assert slug_of(answer) == "not-found"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_is_refused_by_every_other_services_database_and_by_every_other_schema(
    town: Town, service: str
) -> None:
    for scope in town.records.context.scopes[service]:
        for other in SERVICES:
            if other != service:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await asyncpg.connect(dsn(town.records, service, scope, database=other))
        connection = await asyncpg.connect(dsn(town.records, service, scope, database=service))
        for schema in {"barber", "psychology", "shared"} - {"shared" if scope == "*" else scope}:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
                await connection.execute(f'SELECT FROM "{schema}".outbox')
        await connection.close()


def dsn(records: Records, service: str, scope: str, database: str) -> str:
    """A service's role at some database."""
    return records.context.role_dsn(role(service, scope), database)


async def dashboard(town: Town, vertical: str, token: str) -> Json:
    """The vertical's figures."""
    return dict(await town.gateway.ask(Call("GET", "/api/v1/analytics/dashboard", vertical, token)))


async def shown(town: Town, city: str, token: str) -> bool:
    """Whether psychology's figures know a confirmed booking in the city."""
    figures = await dashboard(town, PSYCHOLOGY, token)
    return any(one["city"] == city and one["confirmed"] == 1 for one in figures["byCity"])
