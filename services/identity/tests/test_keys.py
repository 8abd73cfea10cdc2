"""Keys: those that sign tokens, those that seal contacts, and how each is changed for another."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import ValidationError
from services.identity.tests.builders import CONTACT_KEYS, Person, last_contact, opened_keys, sent_code, topics

from common.auth import TokenVerifier
from common.contacts import unseal
from common.errors import Unauthenticated
from common.testing import AUDIENCE, ISSUER, Databases, Tokens, api_client, published, settings_for
from contracts.identity import AccountContact, AccountErased, AccountUpdated
from contracts.ids import new_id
from identity import usecases
from identity.app import SERVICE
from identity.crypto.safe import Safe
from identity.settings import Settings
from identity.usecases.context import IdentityContext
from identity.usecases.metrics import CONTACTS_UNREADABLE

# Boxes are bound to their account: one copied to another opens under no key.
_BROKEN_COPIES = """
    INSERT INTO account (id, version, kind, roles, locale, mark, key_id, nonce, box, password_hash, created_at)
    SELECT copy, version, kind, roles, locale, decode(md5(CAST(copy AS text)), 'hex') || substr(mark, 17),
           key_id, nonce, box, password_hash, created_at
    FROM account, unnest(CAST($1 AS uuid[])) AS copy WHERE account.id = $2
"""


async def test_every_live_key_is_published_and_nothing_private(http: httpx.AsyncClient) -> None:
    reply = await http.get("/.well-known/jwks.json")
    assert reply.status_code == 200
    assert [key["kid"] for key in reply.json()["keys"]] == ["2026-10", "2026-11"]
    assert {frozenset(key) for key in reply.json()["keys"]} == {frozenset({"kty", "use", "alg", "kid", "n", "e"})}


async def test_tokens_of_both_keys_count_and_those_of_a_withdrawn_one_do_not(
    http: httpx.AsyncClient, databases: Databases, values: dict[str, Any], tokens: Tokens, ana: Person
) -> None:
    jwks = (await http.get("/.well-known/jwks.json")).json()
    former = settings_for(Settings, databases, **(values | {"signing_key_id": "2026-10"}))
    async with api_client(SERVICE, former, tokens) as (old, _):
        bob = await Person().register(old)
    for person in (ana, bob):
        assert (await http.get("/api/v1/me", headers=person.bearer)).status_code == 200
    verifier = TokenVerifier(ISSUER, AUDIENCE)
    verifier.learn({"keys": [key for key in jwks["keys"] if key["kid"] == "2026-11"]})
    assert verifier.verify(ana.tokens["accessToken"]).account_id == ana.id
    with pytest.raises(Unauthenticated):
        verifier.verify(bob.tokens["accessToken"])


async def test_identity_is_ready_without_fetching_its_own_keys(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health/ready")).status_code == 200


async def test_a_token_of_somebody_elses_key_is_refused(http: httpx.AsyncClient, tokens: Tokens, ana: Person) -> None:
    for forged in (tokens.bearer(ana.id), Tokens(kid="2026-11").bearer(ana.id, "operator:*")):
        assert (await http.get("/api/v1/me", headers=forged)).status_code == 401


async def test_people_log_in_while_the_contact_key_is_changed_and_their_contacts_follow(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases, values: dict[str, Any], tokens: Tokens
) -> None:
    ana, guest = await Person().register(http), Person()
    guest_id = UUID((await guest.ask_code(http)).json()["guestId"])
    body = {"guestId": str(guest_id), "code": await sent_code(context, guest_id)}
    async with api_client(
        SERVICE, settings_for(Settings, databases, **(values | {"contact_key_id": "k2"})), tokens
    ) as (changed, new):
        assert (await changed.post("/api/v1/auth/guest/verify", json=body)).status_code == 200
        assert (await ana.login(changed)).status_code == 200
        assert (await changed.post("/api/v1/auth/register", json=ana.form())).status_code == 409
        while await usecases.reseal(new, "*"):
            pass
        assert (await ana.login(changed)).status_code == 200
    only_new = replace(context, safe=Safe({"k2": opened_keys()["k2"]}, "k2"))
    assert (await usecases.view_profile(only_new, ana.id)).contact.email == ana.email
    assert (await usecases.login(only_new, ana.email, ana.password)).account_id == ana.id
    for account in (ana.id, guest_id):
        last = (await published(context.uow, "*", account))[-1].data
        assert isinstance(last, AccountContact)
        assert unseal(last, {"k2": opened_keys()["k2"]}).name == ana.name
    while await usecases.reseal(context, "*"):
        pass


async def test_a_registration_repeated_after_the_contact_key_was_changed_is_answered_again(
    http: httpx.AsyncClient, databases: Databases, values: dict[str, Any], tokens: Tokens
) -> None:
    ana, key = Person(), {"Idempotency-Key": str(new_id())}
    first = await http.post("/api/v1/auth/register", json=ana.form(), headers=key)
    settings = settings_for(Settings, databases, **(values | {"contact_key_id": "k2"}))
    async with api_client(SERVICE, settings, tokens) as (changed, _):
        again = await changed.post("/api/v1/auth/register", json=ana.form(), headers=key)
        other = await changed.post("/api/v1/auth/register", json=ana.form(name="Otra"), headers=key)
    assert (again.status_code, again.json()["accountId"]) == (201, first.json()["accountId"])
    assert other.status_code == 422


async def test_contacts_that_cannot_be_opened_hold_up_the_re_sealing_of_no_other(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    person = await Person().register(http)
    changed = replace(context, safe=Safe(opened_keys(), "k2"))
    broken = [UUID(int=number) for number in range(1, 102)]
    async with context.uow.begin("*") as work:
        await work.connection.execute(_BROKEN_COPIES, broken, person.id)
    try:
        while await usecases.reseal(changed, "*"):
            pass
        async with context.uow.read("*") as session:
            key_id = await session.connection.fetchval("SELECT key_id FROM account WHERE id = $1", person.id)
        assert key_id == "k2"
        (metric,) = CONTACTS_UNREADABLE.collect()
        assert metric.samples[0].value == len(broken)
    finally:
        async with context.uow.begin("*") as work:
            await work.connection.execute("UPDATE account SET key_id = 'gone' WHERE id = ANY ($1)", broken)
        while await usecases.reseal(context, "*"):
            pass


async def test_a_snapshot_tells_every_account_as_it_stands(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    gone = await Person().register(http)
    await http.delete("/api/v1/me", headers=gone.bearer)
    before = UUID(int=ana.id.int - 1)
    async with context.uow.begin("*") as work:
        facts = await usecases.page_of_accounts(work, before)
        contacts = await usecases.page_of_contacts(work, before)
    by_id = {fact.subject: fact for fact in facts}
    assert isinstance(by_id[ana.id], AccountUpdated)
    assert isinstance(by_id[gone.id], AccountErased)
    assert [fact.subject for fact in facts] == sorted(by_id)
    sealed = {fact.subject: fact for fact in contacts if isinstance(fact, AccountContact)}
    assert gone.id not in sealed
    assert unseal(sealed[ana.id], opened_keys()) == await last_contact(context, ana.id)
    assert by_id[ana.id].version == (await topics(context, ana.id))[-1][1]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"signing_key_id": "missing"}, "signing_key_id"),
        ({"contact_key_id": "missing"}, "contact_key_id"),
        ({"contact_keys": {"k1": "c2hvcnQ="}}, "contact_keys"),
        ({"first_operator_email": "nobody", "first_operator_password": "long enough"}, "first_operator_email"),
        ({"first_operator_email": "a@example.com", "first_operator_password": "short"}, "first_operator_password"),
    ],
)
def test_a_wrong_setting_is_named(
    databases: Databases, values: dict[str, Any], wrong: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_for(Settings, databases, **(values | wrong))
    assert named in {str(error["loc"][0]) for error in refused.value.errors()}


def test_a_file_that_is_no_key_is_named_and_not_quoted(
    databases: Databases, values: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "bad.pem").write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ValidationError, match=r"bad\.pem: not a readable PEM private key") as refused:
        settings_for(Settings, databases, **(values | {"signing_keys_dir": tmp_path, "signing_key_id": "bad"}))
    assert "secret" not in str([error["msg"] for error in refused.value.errors()])
    assert CONTACT_KEYS["k1"] not in str(refused.value)
