"""Property authorization: nobody writes what is not theirs to write, and nobody reads more than is listed here."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from tests.security.minting import Mint
from tests.security.operations import Operation, operations, schemas_that_come_in
from tests.security.samples import IDS, QUERIES, body_of
from tests.town.client import Call, Json, slug_of
from tests.town.people import Account, somebody
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually
from localstack.programs import SERVICES

EVERYTHING: Final = "client provider:barber analyst:barber operator:*"
FORBIDDEN: Final[Json] = {
    "id": IDS["account_id"],
    "accountId": IDS["account_id"],
    "clientId": IDS["account_id"],
    "ownerAccountId": IDS["account_id"],
    "status": "confirmed",
    "price": 1,
    "amount": 1,
    "dueNow": 0,
    "paid": 8000,
    "refunded": 8000,
    "role": "operator",
    "roles": ["operator:*"],
    "scope": "operator:*",
    "vertical": "barber",
    "version": 99,
    "verifiedAt": "2031-03-03T10:00:00-03:00",
    "__proto__": {"role": "operator"},
}
"""What would be worth something to whoever could write it."""
WITH_BODY: Final = [operation for operation in operations() if operation.body]


@pytest.mark.parametrize("service", SERVICES)
def test_no_body_takes_a_property_that_it_does_not_name(service: str) -> None:
    objects = {name: one for name, one in schemas_that_come_in(service).items() if one.get("type") == "object"}
    assert objects
    assert [name for name, one in objects.items() if one.get("additionalProperties") is not False] == []


@ON_STACK
@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
async def test_a_property_that_is_not_the_caller_s_to_write_is_refused_by_name(
    town: Town, mint: Mint, operation: Operation
) -> None:
    token, body = mint.token(scope=EVERYTHING), body_of(operation) or {}
    named = schemas_that_come_in(operation.service)[operation.body or ""].get("properties", {})
    strange = {name: value for name, value in FORBIDDEN.items() if name not in named}
    refused = {}
    for name, value in strange.items():
        query = QUERIES.get(operation.name, {})
        call = Call(operation.method, operation.url(IDS), token=token, body=body | {name: value}, query=query)
        answer = await town.gateway.send(call)
        refused[name] = [one["field"] for one in answer.json()["fields"]] if answer.status_code == 422 else answer.text
    assert refused == {name: [name] for name in strange}


@ON_STACK
@pytest.mark.parametrize("role", ["operator", "analyst", "staff", "client provider", "provider:barber"])
async def test_nobody_registers_with_a_role_that_is_given_by_operators(town: Town, role: str) -> None:
    contact = somebody()
    body = {"email": contact.email, "password": "una clave larga de prueba", "name": contact.name, "role": role}
    answer = await town.gateway.send(Call("POST", "/api/v1/auth/register", body=body))
    assert slug_of(answer) == "invalid-request"


MONEY_AND_TIME: Final = {
    "price",
    "priceWithoutNationalTaxes",
    "dueNow",
    "paid",
    "refunded",
    "currency",
    "startsAt",
    "endsAt",
    "localDate",
    "zone",
}
BOOKING: Final = MONEY_AND_TIME | {
    "id",
    "status",
    "providerId",
    "placeId",
    "serviceId",
    "staffId",
    "holdExpiresAt",
    "createdAt",
    "cancelledBy",
    "rescheduled",
    "feeOwed",
    "also",
    "seriesId",
    "sessionId",
}
PAYMENT: Final = {
    "id",
    "bookingId",
    "providerId",
    "purpose",
    "status",
    "amount",
    "captured",
    "refunded",
    "currency",
    "way",
    "method",
    "initPoint",
    "ticket",
    "expiresAt",
    "createdAt",
    "paidAt",
    "transfer",
}
ME: Final = {"accountId", "kind", "name", "email", "phone", "roles", "locale", "createdAt"}
CARD: Final = {"id", "name", "address", "city", "province", "zone", "lat", "lon"}
PROFILE: Final = {
    *{"id", "slug", "displayName", "status", "version", "licences", "ownerAccountId"},
    *{f"places.{name}" for name in CARD},
    *{f"places.resources.{name}" for name in ("id", "kind", "name", "capacity")},
    *{f"staff.{name}" for name in ("id", "displayName", "placeIds", "accountId", "weight")},
    *{f"services.{name}" for name in ("id", "code", "name", "durationMinutes", "bufferBeforeMinutes", "price")},
    *{f"services.{name}" for name in ("bufferAfterMinutes", "currency", "staffIds", "needs", "active", "version")},
    *{"services.deposit.kind", "services.deposit.value"},
    *{f"services.{name}" for name in ("priceWithoutNationalTaxes", "vatBps", "segments", "prices", "approval")},
    *{f"services.caps.{name}" for name in ("perDay", "perClientAndDay")},
    *{f"services.timing.{name}" for name in ("stepMinutes", "minimumNoticeMinutes", "horizonDays")},
    *{f"hours.{name}" for name in ("id", "staffId", "placeId", "validFrom", "version", "days")},
    *{f"hours.weekly.{name}" for name in ("day", "start", "end")},
}
MESSAGE: Final = {
    *{"id", "bookingId", "template", "channel", "status", "reason", "createdAt", "dueAt", "sentAt"},
}
SESSION: Final = {"sessionId", "createdAt", "lastUsedAt", "expiresAt", "revokedAt"}


@ON_STACK
async def test_an_answer_has_the_listed_properties_and_no_other(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    booking, _ = await town.buy(client, shop, await shop.slot(hours=80))
    payments = await get(town, client, "/api/v1/payments", bookingId=booking["id"])
    messages = await eventually(lambda: told(town, client), 20)
    seen = {
        "booking": keys(await get(town, client, f"/api/v1/bookings/{booking['id']}")),
        "bookings": keys(await get(town, client, "/api/v1/bookings")),
        "payment": keys(await get(town, client, f"/api/v1/payments/{payments['items'][0]['id']}")),
        "payments": keys(payments),
        "me": keys(await get(town, client, "/api/v1/me")),
        "export": keys(await get(town, client, "/api/v1/me/export")),
        "profile": keys(await get(town, None, f"/api/v1/providers/{shop.provider_id}")),
        "notifications": keys(messages),
        "jwks": keys(await get(town, None, "/.well-known/jwks.json")),
    }
    assert seen == {
        "booking": BOOKING,
        "bookings": {"nextCursor", *under("items", BOOKING)},
        "payment": PAYMENT,
        "payments": {"nextCursor", *under("items", PAYMENT)},
        "me": ME,
        "export": {"loginAttempts", *under("account", ME), *under("sessions", SESSION), "codesSentAt"},
        "profile": PROFILE,
        "notifications": {"nextCursor", *under("items", MESSAGE)},
        "jwks": under("keys", {"kty", "use", "alg", "kid", "n", "e"}),
    }


@ON_STACK
async def test_a_visitor_s_profile_does_not_say_whose_it_is(town: Town, shop: Shop) -> None:
    shown = await get(town, None, f"/api/v1/providers/{shop.provider_id}")
    inside = [shown["ownerAccountId"], shown["licences"], *(member["accountId"] for member in shown["staff"])]
    assert set(inside) == {None}


async def get(town: Town, who: Account | None, path: str, **query: str) -> Json:
    """What somebody, or a visitor, reads there."""
    token = who.token if who is not None else None
    return dict(await town.gateway.ask(Call("GET", path, token=token, query=query)))


async def told(town: Town, who: Account) -> Json | None:
    """What was sent or is to be sent to somebody, once there is any."""
    page = await get(town, who, "/api/v1/notifications")
    return page if page["items"] else None


def under(name: str, inner: set[str]) -> set[str]:
    """The same properties inside another."""
    return {f"{name}.{one}" for one in inner}


def keys(value: Any, path: str = "") -> set[str]:
    """The dotted paths to everything in an answer; those of a list are its members'."""
    if isinstance(value, Mapping) and value:
        return {one for name, inner in value.items() for one in keys(inner, f"{path}.{name}".lstrip("."))}
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return {one for inner in value for one in keys(inner, path)}
    return {path}
