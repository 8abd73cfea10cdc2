"""What identity puts on record: ids and facts, never an address."""

from typing import Any
from uuid import UUID

import httpx
from prometheus_client import REGISTRY
from services.identity.tests.builders import Person, sent_code

from common.audit import GUEST, SYSTEM, Entry
from common.testing import Databases, Tokens, api_client, eventually, on_record, settings_for
from contracts.ids import AccountId
from identity.app import SERVICE
from identity.settings import Settings
from identity.usecases.context import IdentityContext

BARBER = {"role": "provider", "vertical": "barber"}
WRONG = "otra contraseña"


async def recorded(context: IdentityContext, person: Person) -> list[Entry]:
    return await on_record(context.uow, "*", person.id)


def login(person: Person, how: str = "password") -> Entry:
    return Entry("login.ok", person.id, person.id, {"how": how})


def failed(how: str) -> float:
    return REGISTRY.get_sample_value("logins_failed_total", {"how": how}) or 0.0


async def test_a_registration_and_each_login_are_on_record(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    await ana.login(http)
    assert await recorded(context, ana) == [login(ana), login(ana)]


async def test_a_wrong_password_is_on_record_under_the_account_it_was_tried_on(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    assert (await ana.login(http, WRONG)).status_code == 401
    assert (await recorded(context, ana))[1:] == [Entry("login.failed", GUEST, ana.id, {"how": "password"})]


async def test_a_login_without_an_account_is_counted_and_not_on_record(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    before, counted = await on_record(context.uow, "*", None), failed("password")
    assert (await Person().login(http)).status_code == 401
    assert (await on_record(context.uow, "*", None), failed("password")) == (before, counted + 1)


async def test_a_guest_s_right_code_is_on_record_and_a_wrong_one_is_counted(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    ana = Person()
    guest_id = (await ana.ask_code(http)).json()["guestId"]
    code, counted = await sent_code(context, UUID(guest_id)), failed("code")
    for tried in (f"{(int(code) + 1) % 1_000_000:06d}", code):
        reply = await http.post("/api/v1/auth/guest/verify", json={"guestId": guest_id, "code": tried})
    ana.tokens = reply.json()
    assert (await recorded(context, ana), failed("code")) == ([login(ana, "code")], counted + 1)


async def test_a_refresh_is_not_on_record_and_one_that_comes_twice_is(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    for _ in range(2):
        await ana.refresh(http)
    (reused,) = (await recorded(context, ana))[1:]
    assert (reused.action, reused.actor, list(reused.detail)) == ("refresh.reused", GUEST, ["session"])


async def test_a_role_that_comes_with_the_registration_is_on_record_as_taken_by_oneself(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    bruno = await Person().register(http, role="provider")
    given = Entry("role.given", bruno.id, bruno.id, {"role": "provider:barber"})
    assert await recorded(context, bruno) == [given, login(bruno)]


async def test_the_first_operator_is_made_by_the_product_itself(
    databases: Databases, values: dict[str, Any], tokens: Tokens
) -> None:
    olga = Person()
    named = {"first_operator_email": olga.email, "first_operator_password": olga.password}
    settings = settings_for(Settings, databases, **values, **named)
    async with api_client(SERVICE, settings, tokens) as (http, context):
        await eventually(lambda: _is_let_in(http, olga))
        first = (await recorded(context, olga))[0]
        assert first == Entry("role.given", SYSTEM, olga.id, {"role": "operator:*"})


async def _is_let_in(http: httpx.AsyncClient, person: Person) -> bool:
    return (await person.login(http)).status_code == httpx.codes.OK


async def test_a_role_given_or_taken_is_on_record_with_the_operator_who_did_it_and_once(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person, operator: Person
) -> None:
    path = f"/api/v1/accounts/{ana.id}/roles"
    for _ in range(2):
        await http.post(path, json=BARBER, headers=operator.bearer)
    for _ in range(2):
        await http.delete(path, params=BARBER, headers=operator.bearer)
    changes = [Entry(f"role.{verb}", operator.id, ana.id, {"role": "provider:barber"}) for verb in ("given", "taken")]
    assert (await recorded(context, ana))[1:] == changes


async def test_a_role_that_was_refused_is_not_on_record(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    refused = await http.post(f"/api/v1/accounts/{ana.id}/roles", json=BARBER, headers=ana.bearer)
    assert (refused.status_code, await recorded(context, ana)) == (403, [login(ana)])


async def test_an_export_and_an_erasure_are_on_record_and_stay_there(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    account = AccountId(ana.id)
    await http.get("/api/v1/me/export", headers=ana.bearer)
    for _ in range(2):
        await http.delete("/api/v1/me", headers=ana.bearer)
    done = [Entry(action, account, account) for action in ("account.exported", "account.erased")]
    assert await recorded(context, ana) == [login(ana), *done]


async def test_no_entry_holds_personal_data(http: httpx.AsyncClient, context: IdentityContext, ana: Person) -> None:
    await ana.login(http, WRONG)
    await http.patch("/api/v1/me", json={"name": "Ana Otra"}, headers=ana.bearer)
    await http.get("/api/v1/me/export", headers=ana.bearer)
    await ana.ask_code(http)
    await http.delete("/api/v1/me", headers=ana.bearer)
    async with context.uow.read("*") as session:
        rows = await session.connection.fetch("SELECT e::text AS row FROM audit_entry e")
    everything = "\n".join(row["row"] for row in rows)
    assert str(ana.id) in everything
    for word in ("@", ana.email, ana.phone, ana.phone[1:], "Canario", "Otra", WRONG, ana.password):
        assert word not in everything
