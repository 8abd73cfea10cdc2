"""Roles are given and taken by operators alone; the first operator comes from the settings."""

import asyncio
from typing import Any

import httpx
import jwt
import pytest
from services.identity.tests.builders import PASSWORD, Person, topics

from common.testing import Databases, Tokens, api_client, eventually, settings_for
from contracts.ids import new_id
from identity.app import SERVICE
from identity.settings import Settings
from identity.usecases.context import IdentityContext

BARBER = {"role": "provider", "vertical": "barber"}


async def scope_of(http: httpx.AsyncClient, person: Person) -> str:
    await person.login(http)
    claims = jwt.decode(person.tokens["accessToken"], options={"verify_signature": False})
    return str(claims["scope"])


async def test_a_role_counts_from_the_next_token_on(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person, operator: Person
) -> None:
    path = f"/api/v1/accounts/{ana.id}/roles"
    given = await http.post(path, json=BARBER, headers=operator.bearer)
    assert (given.status_code, given.json()) == (
        200,
        {"accountId": str(ana.id), "roles": ["client", "provider:barber"]},
    )
    refreshed = await ana.refresh(http)
    claims = jwt.decode(refreshed.json()["accessToken"], options={"verify_signature": False})
    assert claims["scope"] == "client provider:barber"
    taken = await http.delete(path, params=BARBER, headers=operator.bearer)
    assert (taken.status_code, taken.json()["roles"]) == (200, ["client"])
    assert await scope_of(http, ana) == "client"
    assert (await topics(context, ana.id))[2:] == [("account.updated", 3), ("account.updated", 4)]


async def test_a_role_given_twice_is_told_once(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person, operator: Person
) -> None:
    headers = operator.bearer | {"Idempotency-Key": str(new_id())}
    replies = [await http.post(f"/api/v1/accounts/{ana.id}/roles", json=BARBER, headers=headers) for _ in range(2)]
    again = await http.post(f"/api/v1/accounts/{ana.id}/roles", json=BARBER, headers=operator.bearer)
    assert {reply.text for reply in (*replies, again)} == {again.text}
    assert replies[1].headers["idempotent-replayed"] == "true"
    assert [topic for topic, _ in await topics(context, ana.id)].count("account.updated") == 1


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_only_an_operator_touches_roles(http: httpx.AsyncClient, ana: Person, method: str) -> None:
    path = f"/api/v1/accounts/{ana.id}/roles"
    asked: dict[str, Any] = {"json": BARBER} if method == "POST" else {"params": BARBER}
    anonymous = await http.request(method, path, **asked)
    provider = await Person().register(http, role="provider")
    refused = [await http.request(method, path, headers=who.bearer, **asked) for who in (ana, provider)]
    assert anonymous.status_code == 401
    assert [reply.status_code for reply in refused] == [403, 403]
    assert await scope_of(http, ana) == "client"


@pytest.mark.parametrize(
    "body",
    [
        {"role": "provider", "vertical": "tarot"},
        {"role": "provider", "vertical": "*"},
        {"role": "operator", "vertical": "barber"},
        {"role": "client", "vertical": "barber"},
        {"role": "provider"},
        {"role": "provider", "vertical": "barber", "scope": "operator:*"},
    ],
)
async def test_a_role_that_does_not_exist_is_refused(
    http: httpx.AsyncClient, ana: Person, operator: Person, body: dict[str, str]
) -> None:
    reply = await http.post(f"/api/v1/accounts/{ana.id}/roles", json=body, headers=operator.bearer)
    assert reply.status_code == 422


async def test_an_account_that_does_not_exist_or_is_erased_is_not_found(
    http: httpx.AsyncClient, ana: Person, operator: Person
) -> None:
    await http.delete("/api/v1/me", headers=ana.bearer)
    for account in (ana.id, new_id()):
        reply = await http.post(f"/api/v1/accounts/{account}/roles", json=BARBER, headers=operator.bearer)
        assert reply.status_code == 404


async def test_an_operator_cannot_take_the_role_from_itself(http: httpx.AsyncClient, operator: Person) -> None:
    reply = await http.delete(
        f"/api/v1/accounts/{operator.id}/roles", params={"role": "operator", "vertical": "*"}, headers=operator.bearer
    )
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:own-operator-role")


async def test_the_first_operator_is_made_once_though_two_processes_start_at_once(
    databases: Databases, values: dict[str, Any], tokens: Tokens
) -> None:
    olga = Person()
    named = {"first_operator_email": olga.email, "first_operator_password": PASSWORD}
    settings = settings_for(Settings, databases, **values, **named)
    async with (
        api_client(SERVICE, settings, tokens) as (first, _),
        api_client(SERVICE, settings, tokens) as (second, _),
    ):

        async def both_know_her() -> bool:
            replies = await asyncio.gather(olga.login(first), olga.login(second))
            return all(reply.status_code == httpx.codes.OK for reply in replies)

        known: bool = await eventually(both_know_her)
        assert known
        assert await scope_of(first, olga) == "client operator:*"


async def test_an_address_that_somebody_has_is_made_no_operator(
    http: httpx.AsyncClient, databases: Databases, values: dict[str, Any], tokens: Tokens, ana: Person
) -> None:
    named = {"first_operator_email": ana.email, "first_operator_password": "another password"}
    async with api_client(SERVICE, settings_for(Settings, databases, **values, **named), tokens) as (restarted, _):
        assert await scope_of(restarted, ana) == "client"
