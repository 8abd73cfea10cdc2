"""Forged tokens at every door: the gateway checks, and each service checks again as if there were no gateway."""

from collections.abc import Mapping
from typing import Final

import httpx
import pytest
from tests.security.minting import FORGERIES, Mint
from tests.security.samples import NOBODY
from tests.town.client import Call, Json, slug_of
from tests.town.people import somebody
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
DOORS: Final = {
    "identity": "/api/v1/me",
    "providers": "/api/v1/providers/mine",
    "booking": "/api/v1/bookings",
    "payments": f"/api/v1/payments?bookingId={NOBODY}",
    "notifications": "/api/v1/notifications",
    "analytics": "/api/v1/analytics/dashboard",
}
"""A path of each service that asks for a token."""
EVERYTHING: Final = "client provider:barber analyst:barber operator:*"
WHO_AM_I: Final = "/api/v1/me"


@pytest.mark.parametrize("service", DOORS)
async def test_no_service_takes_a_forged_token_that_came_past_the_gateway(
    services: Mapping[str, httpx.AsyncClient], mint: Mint, service: str
) -> None:
    taken = [
        name for name, forge in FORGERIES.items() if not refused(await ask(services[service], service, forge(mint)))
    ]
    assert taken == []


@pytest.mark.parametrize("service", DOORS)
async def test_the_gateway_lets_no_forged_token_through_to_a_service(town: Town, mint: Mint, service: str) -> None:
    taken = [
        name
        for name, forge in FORGERIES.items()
        if not refused(await town.gateway.send(Call("GET", DOORS[service], token=forge(mint))))
    ]
    assert taken == []


@pytest.mark.parametrize("service", DOORS)
async def test_the_same_doors_open_to_a_good_token(
    town: Town, services: Mapping[str, httpx.AsyncClient], mint: Mint, service: str
) -> None:
    client = await town.people.client()
    token = mint.token(client.id, EVERYTHING)
    asked = [
        await ask(services[service], service, token),
        await town.gateway.send(Call("GET", DOORS[service], token=token)),
    ]
    assert [refused(answer) for answer in asked] == [False, False]


async def test_a_refresh_token_opens_no_door(town: Town, services: Mapping[str, httpx.AsyncClient]) -> None:
    contact = somebody()
    body = {"email": contact.email, "password": "una clave larga de prueba", "name": contact.name}
    tokens: Json = await town.gateway.ask(Call("POST", "/api/v1/auth/register", body=body))
    asked = {service: await ask(services[service], service, tokens["refreshToken"]) for service in DOORS}
    asked["gateway"] = await town.gateway.send(Call("GET", WHO_AM_I, token=tokens["refreshToken"]))
    assert [door for door, answer in asked.items() if not refused(answer)] == []


@pytest.mark.parametrize("service", DOORS)
async def test_no_service_believes_a_header_about_who_is_calling(
    town: Town, services: Mapping[str, httpx.AsyncClient], service: str
) -> None:
    operator = str((await town.people.operator()).id)
    spoofed = {
        "X-Account-Id": operator,
        "X-Account-Roles": "operator:*",
        "X-Authenticated-User": operator,
        "X-Authenticated-Scope": "operator:*",
        "X-Internal-Account": operator,
        "X-User-Id": operator,
        "X-Forwarded-User": operator,
    }
    assert refused(await services[service].get(DOORS[service], headers=spoofed))


async def test_a_refresh_token_shown_twice_ends_the_session_for_whoever_has_its_successor(town: Town) -> None:
    contact = somebody()
    body = {"email": contact.email, "password": "una clave larga de prueba", "name": contact.name}
    stolen = (await town.gateway.ask(Call("POST", "/api/v1/auth/register", body=body)))["refreshToken"]
    own = (await town.gateway.ask(renewal(stolen)))["refreshToken"]
    answers = [await town.gateway.send(renewal(token)) for token in (stolen, own)]
    assert [slug_of(answer) for answer in answers] == ["invalid-refresh-token"] * 2


async def test_a_role_that_was_taken_away_is_gone_with_the_next_token(town: Town) -> None:
    operator, contact = await town.people.operator(), somebody()
    account = await town.people.client(contact)
    path, role = f"/api/v1/accounts/{account.id}/roles", {"role": "analyst", "vertical": "barber"}
    await town.gateway.ask(Call("POST", path, token=operator.token, body=role))
    await town.gateway.ask(Call("DELETE", path, token=operator.token, query=role))
    token = (await town.people.try_to_log_in(contact)).json()["accessToken"]
    answer = await town.gateway.send(Call("GET", "/api/v1/analytics/dashboard", token=token))
    assert slug_of(answer) == "forbidden"


async def ask(service: httpx.AsyncClient, name: str, token: str) -> httpx.Response:
    """The service itself, once it knows its keys."""

    async def answered() -> httpx.Response | None:
        answer = await service.get(DOORS[name], headers={"Authorization": f"Bearer {token}"})
        return answer if slug_of(answer) != "not-ready" else None

    return await eventually(answered)


def refused(answer: httpx.Response) -> bool:
    """401, as any other token that is not ours."""
    return answer.status_code == httpx.codes.UNAUTHORIZED and slug_of(answer) == "unauthenticated"


def renewal(token: str) -> Call:
    """A refresh token in exchange for another."""
    return Call("POST", "/api/v1/auth/refresh", body={"refreshToken": token})
