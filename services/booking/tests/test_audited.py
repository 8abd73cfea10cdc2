"""What booking puts on record: who read or cancelled a client's booking without being that client."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Shop, days_ahead

from booking.usecases import BookingContext
from common.audit import Entry
from common.testing import Tokens, on_record
from contracts.ids import AccountId, new_id

BOOKINGS = "/api/v1/bookings"
OPERATOR = AccountId(new_id())


@pytest.fixture
async def made(http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]) -> dict[str, Any]:
    """A held booking."""
    reply: dict[str, Any] = (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=as_client)).json()
    return reply


@pytest.fixture
def as_operator(tokens: Tokens) -> dict[str, str]:
    return tokens.bearer(OPERATOR, "client operator:*")


async def recorded(context: BookingContext, made: dict[str, Any]) -> list[Entry]:
    return await on_record(context.uow, "barber", UUID(made["id"]))


def done(action: str, by: AccountId, made: dict[str, Any], party: str, client: AccountId) -> Entry:
    return Entry(action, by, UUID(made["id"]), {"as": party, "client": str(client)})


async def test_a_read_by_the_provider_or_an_operator_is_on_record(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    client: AccountId,
    as_owner: dict[str, str],
    as_operator: dict[str, str],
) -> None:
    for headers in (as_owner, as_operator):
        assert (await http.get(f"{BOOKINGS}/{made['id']}", headers=headers)).status_code == 200
    assert await recorded(context, made) == [
        done("booking.read", shop.owner, made, "provider", client),
        done("booking.read", OPERATOR, made, "system", client),
    ]


async def test_what_the_client_reads_and_cancels_is_not_on_record(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    link = made["link"].rpartition("/")[2]
    for path in (f"{BOOKINGS}/{made['id']}", f"{BOOKINGS}/by-link/{link}", BOOKINGS):
        assert (await http.get(path, headers=as_client)).status_code == 200
    assert (await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)).status_code == 200
    assert await recorded(context, made) == []


async def test_who_is_refused_leaves_nothing_on_record(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], tokens: Tokens
) -> None:
    stranger, path = tokens.bearer(AccountId(new_id())), f"{BOOKINGS}/{made['id']}"
    refused = [await http.get(path, headers=stranger), await http.post(f"{path}/cancel", headers=stranger)]
    assert ([reply.status_code for reply in refused], await recorded(context, made)) == ([404, 404], [])


async def test_an_operator_s_page_of_the_agenda_is_on_record_and_the_owner_s_is_not(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    as_owner: dict[str, str],
    as_operator: dict[str, str],
) -> None:
    query = {"providerId": str(shop.provider_id), "date": made["localDate"]}
    for headers in (as_owner, as_operator):
        assert (await http.get(BOOKINGS, params=query, headers=headers)).status_code == 200
    page = Entry("agenda.read", OPERATOR, shop.provider_id, {"day": made["localDate"], "bookings": 1})
    assert await on_record(context.uow, "barber", shop.provider_id) == [page]


async def test_a_cancellation_by_the_provider_is_on_record_once_however_often_it_is_asked(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    client: AccountId,
    as_owner: dict[str, str],
) -> None:
    key = {"Idempotency-Key": str(new_id())}
    replies = [await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_owner | key) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert await recorded(context, made) == [done("booking.cancelled", shop.owner, made, "provider", client)]


async def test_an_entry_has_the_trace_it_was_made_in(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], as_owner: dict[str, str]
) -> None:
    trace = new_id().hex
    headers = as_owner | {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    await http.get(f"{BOOKINGS}/{made['id']}", headers=headers)
    async with context.uow.read("barber") as session:
        query = "SELECT trace_id FROM audit_entry WHERE subject = $1"
        assert await session.connection.fetchval(query, UUID(made["id"])) == trace
