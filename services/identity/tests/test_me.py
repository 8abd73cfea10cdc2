"""What people see, change, take along and erase of themselves."""

from uuid import UUID

import httpx
import pytest
from services.identity.tests.builders import Person, last_contact, topics

from common.testing import published
from contracts.identity import AccountErased
from identity.usecases.context import IdentityContext


async def test_people_see_their_own_account(http: httpx.AsyncClient, ana: Person) -> None:
    reply = await http.get("/api/v1/me", headers=ana.bearer)
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    me = reply.json()
    assert me.pop("createdAt")
    assert me == {
        "accountId": str(ana.id),
        "kind": "registered",
        "name": ana.name,
        "email": ana.email,
        "phone": ana.phone,
        "roles": ["client"],
        "locale": "es-AR",
    }


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/export")])
async def test_nobody_sees_anything_without_a_token(http: httpx.AsyncClient, method: str, path: str) -> None:
    reply = await http.request(method, f"/api/v1/me{path}", json={} if method == "PATCH" else None)
    assert (reply.status_code, reply.json()["type"]) == (401, "urn:barberpro:problem:unauthenticated")


async def test_a_refresh_token_is_no_access_token(http: httpx.AsyncClient, ana: Person) -> None:
    headers = {"Authorization": f"Bearer {ana.tokens['refreshToken']}"}
    assert (await http.get("/api/v1/me", headers=headers)).status_code == 401


async def test_a_change_reaches_those_entitled_to_the_contact(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    body = {"name": "Ana  Gómez", "phone": "351 512-3457"}
    reply = await http.patch("/api/v1/me", json=body, headers=ana.bearer)
    assert (reply.status_code, reply.json()["name"], reply.json()["phone"]) == (200, "Ana Gómez", "+5493515123457")
    assert (await topics(context, ana.id))[-2:] == [("account.updated", 3), ("account.contact", 4)]
    contact = await last_contact(context, ana.id)
    assert contact is not None
    assert (contact.name, contact.phone, contact.email) == ("Ana Gómez", "+5493515123457", ana.email)


async def test_a_phone_of_null_is_removed_and_one_left_out_stays(http: httpx.AsyncClient, ana: Person) -> None:
    kept = await http.patch("/api/v1/me", json={"name": "Ana"}, headers=ana.bearer)
    gone = await http.patch("/api/v1/me", json={"phone": None}, headers=ana.bearer)
    assert (kept.json()["phone"], gone.json()["phone"], gone.json()["name"]) == (ana.phone, None, "Ana")


async def test_a_change_that_changes_nothing_is_not_told(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    before = await topics(context, ana.id)
    for body in ({}, {"name": ana.name}, {"phone": ana.phone}):
        assert (await http.patch("/api/v1/me", json=body, headers=ana.bearer)).status_code == 200
    assert await topics(context, ana.id) == before


@pytest.mark.parametrize(
    "body",
    [{"name": None}, {"name": ""}, {"phone": "12345678"}, {"email": "otra@example.com"}, {"roles": ["operator:*"]}],
)
async def test_a_wrong_change_is_refused(http: httpx.AsyncClient, ana: Person, body: dict[str, object]) -> None:
    assert (await http.patch("/api/v1/me", json=body, headers=ana.bearer)).status_code == 422


async def test_an_export_has_everything_that_is_held(http: httpx.AsyncClient, ana: Person) -> None:
    await ana.login(http, "otra contraseña")
    reply = await http.get("/api/v1/me/export", headers=ana.bearer)
    assert reply.status_code == 200
    export = reply.json()
    assert (export["account"]["email"], export["account"]["phone"]) == (ana.email, ana.phone)
    assert len(export["sessions"]) == 1
    assert export["loginAttempts"]["failures"] == 1
    assert export["codesSentAt"] == []


async def test_erasure_leaves_an_id_and_a_tombstone(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    await ana.login(http, "otra contraseña")
    assert (await http.delete("/api/v1/me", headers=ana.bearer)).status_code == 204
    *_, erased, tombstone = await published(context.uow, "*", ana.id)
    assert isinstance(erased.data, AccountErased)
    assert (erased.sequence, erased.data.roles) == (3, ())
    assert tombstone.data.is_tombstone
    async with context.uow.read("*") as session:
        outbox = await session.connection.fetchrow("SELECT * FROM outbox WHERE key = $1 ORDER BY id DESC", ana.id)
        account = await session.connection.fetchrow("SELECT * FROM account WHERE id = $1", ana.id)
        sessions = await session.connection.fetchval(
            "SELECT count(*) FROM session_family WHERE account_id = $1", ana.id
        )
    assert (outbox["topic"], outbox["payload"]) == ("account.contact", None)
    held = {name for name, value in account.items() if value not in (None, [])}
    assert held == {"id", "version", "kind", "locale", "created_at", "erased_at"}
    assert sessions == 0


async def test_an_erased_person_can_do_nothing_but_register_anew(http: httpx.AsyncClient, ana: Person) -> None:
    assert [(await http.delete("/api/v1/me", headers=ana.bearer)).status_code for _ in range(2)] == [204, 204]
    assert (await http.get("/api/v1/me", headers=ana.bearer)).status_code == 401
    assert (await http.get("/api/v1/me/export", headers=ana.bearer)).status_code == 401
    assert (await http.patch("/api/v1/me", json={"name": "Ana"}, headers=ana.bearer)).status_code == 401
    assert (await ana.refresh(http)).status_code == 401
    assert (await ana.login(http)).status_code == 401
    old = ana.id
    await ana.register(http)
    assert ana.id != old


async def test_one_persons_erasure_is_no_others(http: httpx.AsyncClient, ana: Person) -> None:
    other = await Person().register(http)
    await http.delete("/api/v1/me", headers=ana.bearer)
    assert (await http.get("/api/v1/me", headers=other.bearer)).status_code == 200
    assert UUID(str(other.id))
