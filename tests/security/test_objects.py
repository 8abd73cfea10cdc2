"""Object authorization: the ids of one are nothing to another, whatever the method and wherever the id stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import httpx
import pytest
from tests.security.access import ACCESS, Access
from tests.security.operations import METHODS, Operation, operations
from tests.security.samples import IDS, QUERIES, body_of
from tests.town.client import Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
PROVIDERS: Final = "/api/v1/providers"
ONE_S_OWN: Final = [
    operation for operation in operations() if operation.parameters and ACCESS[operation.name] is not Access.ANYBODY
]
PATHS: Final = sorted({operation.path for operation in operations() if operation.parameters})


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a shop and its client have: `ids` by the names of path parameters."""

    shop: Shop
    client: Account
    booking: Json
    payment: Json
    ids: Mapping[str, str]


@pytest.fixture(scope="module")
async def theirs(town: Town, shop: Shop) -> Belongings:
    """A shop with a booking that is being paid."""
    client = await town.people.client()
    booking = await town.book(client, shop, await shop.slot(hours=70))
    payment = await town.begin_payment(client, booking)
    account = {"cbu": "0140339601630201381276", "cuit": "20055361682", "schedule": "weekly"}
    naming = Call("PUT", f"{PROVIDERS}/{shop.provider_id}/payout-account", token=shop.owner.token, body=account)
    await eventually(lambda: found_by(town, naming), 20)
    wait = await wait_in_line(town, client, shop)
    series, group = await book_weeks(town, client, shop), await announce(town, shop)
    place = (await profile(town, shop))["places"][0]
    # Of what they do not have nothing can be found.
    ids = IDS | {
        "account_id": str(client.id),
        "provider_id": shop.provider_id,
        "providerId": shop.provider_id,
        "place_id": shop.place_id,
        "resource_id": place["resources"][0]["id"],
        "staff_id": shop.staff[0],
        "service_id": shop.service_id,
        "booking_id": booking["id"],
        "payment_id": payment["id"],
        "case_id": payment["id"],
        "at_place_id": payment["id"],
        "payout_id": payment["id"],
        "batch_id": payment["id"],
        "waitlist_id": wait["id"],
        "series_id": series["id"],
        "session_id": group["id"],
    }
    return Belongings(shop, client, booking, payment, ids)


async def wait_in_line(town: Town, client: Account, shop: Shop) -> Json:
    """A place of the client's in the shop's line."""
    day = [(datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (1, 3)]
    window = {"serviceId": shop.service_id, "from": day[0], "to": day[1]}
    return dict(await town.gateway.ask(Call("POST", "/api/v1/waitlist", token=client.token, body=window)))


async def book_weeks(town: Town, client: Account, shop: Shop) -> Json:
    """A series of the client's."""
    slot = await shop.slot(hours=72)
    wish: dict[str, object] = {"serviceId": shop.service_id, "startsAt": slot.starts_at.isoformat()}
    wish |= {"rule": "FREQ=WEEKLY;COUNT=2", "skip": True}
    return dict(await town.gateway.ask(Call("POST", "/api/v1/bookings/series", token=client.token, body=wish)))


async def announce(town: Town, shop: Shop) -> Json:
    """A group of the shop's."""
    slot = await shop.slot(hours=74)
    body = {
        "serviceId": shop.service_id,
        "startsAt": slot.starts_at.isoformat(),
        "staffId": slot.staff_id,
        "placeId": shop.place_id,
        "seats": 2,
        "minimum": 1,
    }
    return dict(await town.gateway.ask(Call("POST", "/api/v1/sessions", token=shop.owner.token, body=body)))


@pytest.fixture(scope="module")
async def professional(town: Town) -> Account:
    """Another one of the same trade."""
    return await town.people.professional()


@pytest.fixture(scope="module")
async def own_provider(town: Town, professional: Account) -> str:
    """What the other one has."""
    call = Call("POST", PROVIDERS, token=professional.token, body={"displayName": f"Casa {uuid4().hex}"})
    return str((await town.gateway.ask(call))["id"])


@pytest.mark.parametrize("operation", ONE_S_OWN, ids=lambda operation: operation.name)
async def test_what_is_somebody_else_s_does_not_exist_for_another_professional(
    town: Town, theirs: Belongings, professional: Account, operation: Operation
) -> None:
    answer = await town.gateway.send(call_of(operation, theirs.ids, professional))
    expected = "forbidden" if ACCESS[operation.name] is Access.OPERATOR else "not-found"
    assert slug_of(answer) == expected


@pytest.mark.parametrize("operation", ONE_S_OWN, ids=lambda operation: operation.name)
async def test_what_is_somebody_else_s_does_not_exist_for_another_client(
    town: Town, theirs: Belongings, operation: Operation
) -> None:
    stranger = await town.people.client()
    answer = await town.gateway.send(call_of(operation, theirs.ids, stranger))
    expected = "not-found" if ACCESS[operation.name] is Access.PARTIES else "forbidden"
    assert slug_of(answer) == expected


@pytest.mark.parametrize(
    "operation",
    [
        operation
        for operation in ONE_S_OWN
        # Nobody disputes anything in the town: payments' own tests have disputes, and who may see them.
        if operation.method == "GET"
        and ACCESS[operation.name] is not Access.OPERATOR
        and "dispute_id" not in operation.parameters
    ],
    ids=lambda operation: operation.name,
)
async def test_the_same_ids_are_found_by_whom_they_belong_to(
    town: Town, theirs: Belongings, operation: Operation
) -> None:
    call = call_of(operation, theirs.ids, theirs.shop.owner)
    found = await eventually(lambda: found_by(town, call), 20)
    assert found.status_code == httpx.codes.OK


@pytest.mark.parametrize(
    "operation",
    [operation for operation in ONE_S_OWN if len(operation.parameters) > 1],
    ids=lambda operation: operation.name,
)
async def test_another_s_things_are_not_found_under_a_provider_of_one_s_own(
    town: Town, theirs: Belongings, professional: Account, own_provider: str, operation: Operation
) -> None:
    ids = {**theirs.ids, "provider_id": own_provider}
    assert slug_of(await town.gateway.send(call_of(operation, ids, professional))) == "not-found"


@pytest.mark.parametrize("path", PATHS)
async def test_a_method_that_a_path_does_not_have_does_nothing(
    town: Town, theirs: Belongings, professional: Account, path: str
) -> None:
    known = [operation for operation in operations() if operation.path == path]
    others = {method.upper() for method in METHODS} - {operation.method for operation in known}
    for method in sorted(others):
        call = Call(method, known[0].url(theirs.ids), token=professional.token, body={})
        assert slug_of(await town.gateway.send(call)) == "method-not-allowed"


async def test_another_s_payments_are_not_found_by_booking(
    town: Town, theirs: Belongings, professional: Account
) -> None:
    query = {"bookingId": theirs.booking["id"]}
    answer = await town.gateway.send(Call("GET", "/api/v1/payments", token=professional.token, query=query))
    assert slug_of(answer) == "not-found"


async def test_another_s_agenda_is_not_found(town: Town, theirs: Belongings, professional: Account) -> None:
    query = {"providerId": theirs.shop.provider_id, "date": theirs.booking["localDate"]}
    answer = await town.gateway.send(Call("GET", "/api/v1/bookings", token=professional.token, query=query))
    assert slug_of(answer) == "not-found"


async def test_who_waits_at_another_s_is_not_found(town: Town, theirs: Belongings, professional: Account) -> None:
    query = {"providerId": theirs.shop.provider_id}
    answer = await town.gateway.send(Call("GET", "/api/v1/waitlist", token=professional.token, query=query))
    assert slug_of(answer) == "not-found"


async def test_another_s_booking_is_not_paid(town: Town, theirs: Belongings, professional: Account) -> None:
    body = {"bookingId": theirs.booking["id"]}
    answer = await town.gateway.send(Call("POST", "/api/v1/payments", token=professional.token, body=body))
    assert slug_of(answer) == "not-found"


async def test_another_s_place_and_staff_cannot_be_made_one_s_own(
    town: Town, theirs: Belongings, professional: Account, own_provider: str
) -> None:
    service = {"name": "Corte", "durationMinutes": 30, "price": 8000, "staffIds": [theirs.ids["staff_id"]]}
    taking: dict[str, Json] = {
        "staff": {"displayName": "Ajeno", "placeIds": [theirs.ids["place_id"]]},
        "services": service,
    }
    answers = {
        part: await town.gateway.send(
            Call("POST", f"{PROVIDERS}/{own_provider}/{part}", token=professional.token, body=body)
        )
        for part, body in taking.items()
    }
    assert {part: slug_of(answer) for part, answer in answers.items()} == {
        "staff": "unknown-place",
        "services": "unknown-staff",
    }


async def test_none_of_all_this_changed_anything(town: Town, theirs: Belongings, professional: Account) -> None:
    before = await profile(town, theirs.shop)
    for operation in ONE_S_OWN:
        await town.gateway.send(call_of(operation, theirs.ids, professional))
    assert await profile(town, theirs.shop) == before
    assert (await town.see(theirs.client, theirs.booking))["status"] == "held"
    seen = await town.gateway.ask(Call("GET", f"/api/v1/payments/{theirs.payment['id']}", token=theirs.client.token))
    assert (seen["status"], seen["amount"]) == (theirs.payment["status"], theirs.payment["amount"])


async def found_by(town: Town, call: Call) -> httpx.Response | None:
    """The answer, once what was told by events has arrived."""
    answer = await town.gateway.send(call)
    return answer if slug_of(answer) != "not-found" else None


def call_of(operation: Operation, ids: Mapping[str, str], who: Account) -> Call:
    """The operation on these ids, with a body that fits."""
    body, query = body_of(operation), QUERIES.get(operation.name, {})
    return Call(operation.method, operation.url(ids), token=who.token, body=body, query=query)


async def profile(town: Town, shop: Shop) -> Json:
    """All that its owner sees of a provider."""
    return dict(await town.gateway.ask(Call("GET", f"{PROVIDERS}/{shop.provider_id}", token=shop.owner.token)))
