"""Guests prove a contact with a one-time code."""

import json
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
import jwt
import pytest
from services.identity.tests.builders import Person, last_contact, sent_code, topics

from common.testing import Databases
from contracts.ids import new_id
from identity import usecases
from identity.usecases.context import IdentityContext


async def verify(http: httpx.AsyncClient, guest_id: str, code: str, **headers: str) -> httpx.Response:
    body = {"guestId": guest_id, "code": code}
    return await http.post("/api/v1/auth/guest/verify", json=body, headers=headers)


async def become_guest(http: httpx.AsyncClient, context: IdentityContext, person: Person) -> Person:
    guest_id = (await person.ask_code(http)).json()["guestId"]
    reply = await verify(http, guest_id, await sent_code(context, UUID(guest_id)))
    assert reply.status_code == 200, reply.text
    person.tokens = reply.json()
    return person


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_guest_gets_a_code_at_the_contact_and_a_token_for_it(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    ana = Person()
    asked = await http.post("/api/v1/auth/guest", json={"name": ana.name, "phone": ana.phone, "email": ana.email})
    assert (asked.status_code, asked.json().keys()) == (202, {"guestId"})
    guest_id = UUID(asked.json()["guestId"])
    letter = await last_contact(context, guest_id)
    assert letter is not None
    assert letter.verification is not None
    assert (letter.phone, letter.email) == (ana.phone, None)
    assert (letter.verification.channel, letter.verification.vertical) == ("whatsapp", "barber")
    reply = await verify(http, str(guest_id), letter.verification.code)
    assert reply.status_code == 200
    assert reply.json().keys() == {"accountId", "accessToken", "tokenType", "expiresIn"}
    assert jwt.decode(reply.json()["accessToken"], options={"verify_signature": False})["scope"] == "guest"
    assert reply.json()["accountId"] == str(guest_id)
    told = [("account.contact", 1), ("account.registered", 2), ("account.contact", 3)]
    assert await topics(context, guest_id) == told
    contact = await last_contact(context, guest_id)
    assert contact is not None
    assert (contact.phone, contact.email, contact.verification) == (ana.phone, ana.email, None)


async def test_without_a_phone_the_code_goes_to_the_email(http: httpx.AsyncClient, context: IdentityContext) -> None:
    ana = Person()
    guest_id = UUID((await ana.ask_code(http, email=ana.email)).json()["guestId"])
    letter = await last_contact(context, guest_id)
    assert letter is not None
    assert letter.verification is not None
    assert (letter.email, letter.verification.channel) == (ana.email, "email")


async def test_a_guest_gives_a_contact(http: httpx.AsyncClient) -> None:
    reply = await http.post("/api/v1/auth/guest", json={"name": "Ana"})
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:no-contact-given")


async def test_the_same_contact_verified_again_is_the_same_account_and_the_second_id_is_forgotten(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    ana = await become_guest(http, context, Person())
    first = ana.id
    await databases.shift_clock("*", timedelta(minutes=1))
    try:
        asked = await http.post(
            "/api/v1/auth/guest", json={"name": "Ana Casada", "phone": ana.phone, "email": ana.email}
        )
        guest_id = UUID(asked.json()["guestId"])
        reply = await verify(http, str(guest_id), await sent_code(context, guest_id))
    finally:
        await databases.shift_clock("*", timedelta(0))
    assert guest_id != first
    assert reply.json()["accountId"] == str(first)
    assert await last_contact(context, guest_id) is None
    contact = await last_contact(context, first)
    assert contact is not None
    assert (contact.name, contact.email) == ("Ana Casada", ana.email)
    assert (await topics(context, first))[-2:] == [("account.updated", 4), ("account.contact", 5)]


async def test_what_a_stranger_writes_under_my_phone_reaches_no_record_of_mine(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    ana = await become_guest(http, context, Person())
    before = await topics(context, ana.id)
    await databases.shift_clock("*", timedelta(minutes=1))
    try:
        body = {"name": "Impostora", "phone": ana.phone, "email": "impostora@example.com"}
        assert (await http.post("/api/v1/auth/guest", json=body)).status_code == 202
    finally:
        await databases.shift_clock("*", timedelta(0))
    assert await topics(context, ana.id) == before


async def test_erasure_also_takes_back_a_code_under_way(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    ana = await become_guest(http, context, Person())
    await databases.shift_clock("*", timedelta(minutes=1))
    try:
        guest_id = (await ana.ask_code(http)).json()["guestId"]
    finally:
        await databases.shift_clock("*", timedelta(0))
    code = await sent_code(context, UUID(guest_id))
    assert (await http.delete("/api/v1/me", headers=ana.bearer)).status_code == 204
    assert await last_contact(context, ana.id) is None
    assert await last_contact(context, UUID(guest_id)) is None
    assert (await verify(http, guest_id, code)).status_code == 422


async def test_a_wrong_code_costs_a_try_and_after_five_the_right_one_is_no_good(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    guest_id = (await Person().ask_code(http)).json()["guestId"]
    code = await sent_code(context, UUID(guest_id))
    wrong = [await verify(http, guest_id, another(code)) for _ in range(5)]
    late = await verify(http, guest_id, code)
    unknown = await verify(http, str(new_id()), code)
    assert {reply.status_code for reply in (*wrong, late, unknown)} == {422}
    assert len({reply.content for reply in (*wrong, late, unknown)}) == 1
    assert late.json()["type"] == "urn:barberpro:problem:wrong-code"


async def test_a_code_is_good_for_ten_minutes(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    guest_id = (await Person().ask_code(http)).json()["guestId"]
    code = await sent_code(context, UUID(guest_id))
    await databases.shift_clock("*", timedelta(minutes=11))
    try:
        assert (await verify(http, guest_id, code)).status_code == 422
    finally:
        await databases.shift_clock("*", timedelta(0))


async def test_a_code_is_good_once_but_the_same_request_may_come_again(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    guest_id = (await Person().ask_code(http)).json()["guestId"]
    code, key = await sent_code(context, UUID(guest_id)), {"Idempotency-Key": str(new_id())}
    first, again = [await verify(http, guest_id, code, **key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["accountId"] == again.json()["accountId"]
    assert (await verify(http, guest_id, code)).status_code == 422
    await databases.shift_clock("*", timedelta(minutes=11))
    try:
        assert (await verify(http, guest_id, code, **key)).status_code == 422
    finally:
        await databases.shift_clock("*", timedelta(0))


async def test_a_repeated_request_for_a_code_sends_one(http: httpx.AsyncClient, context: IdentityContext) -> None:
    ana, headers = Person(), {"Idempotency-Key": str(new_id())}
    body = {"name": ana.name, "phone": ana.phone}
    first, again = [await http.post("/api/v1/auth/guest", json=body, headers=headers) for _ in range(2)]
    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert len(await topics(context, UUID(first.json()["guestId"]))) == 1


async def test_no_plain_hash_of_a_visitors_body_is_stored(http: httpx.AsyncClient, context: IdentityContext) -> None:
    ana, key = Person(), str(new_id())
    body = json.dumps({"name": ana.name, "phone": ana.phone}).encode()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    assert (await http.post("/api/v1/auth/guest", content=body, headers=headers)).status_code == 202
    async with context.uow.read("*") as session:
        stored = str(await session.connection.fetchrow("SELECT scope, body_hash FROM idempotency WHERE key = $1", key))
    assert "visitor POST" in stored
    assert sha256(body).hexdigest() not in stored


async def test_codes_to_one_contact_are_limited_however_it_is_written(
    http: httpx.AsyncClient, databases: Databases
) -> None:
    ana = Person(phone="+549351" + str(6_000_000 + new_id().int % 900_000))
    bare = ana.phone.replace("+549", "0")
    assert (await ana.ask_code(http)).status_code == 202
    soon = await ana.ask_code(http, phone=bare)
    assert (soon.status_code, soon.json()["type"]) == (429, "urn:barberpro:problem:too-many-codes")
    assert 1 <= int(soon.headers["retry-after"]) <= 30
    try:
        for minutes in (1, 2, 3, 4):
            await databases.shift_clock("*", timedelta(minutes=minutes))
            assert (await ana.ask_code(http)).status_code == 202
        await databases.shift_clock("*", timedelta(minutes=6))
        stopped = await ana.ask_code(http, phone=bare)
        assert stopped.status_code == 429
        assert int(stopped.headers["retry-after"]) > 3000
        await databases.shift_clock("*", timedelta(minutes=61))
        assert (await ana.ask_code(http)).status_code == 202
    finally:
        await databases.shift_clock("*", timedelta(0))


async def test_a_contact_that_nobody_proved_is_erased_everywhere_within_the_hour(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    proved = await become_guest(http, context, Person())
    guest_id = UUID((await Person().ask_code(http)).json()["guestId"])
    assert await last_contact(context, guest_id) is not None
    await databases.shift_clock("*", timedelta(minutes=61))
    try:
        while await usecases.forget_codes(context, "*"):
            pass
    finally:
        await databases.shift_clock("*", timedelta(0))
    assert await last_contact(context, guest_id) is None
    assert await last_contact(context, proved.id) is not None


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "12345६"])
async def test_a_code_has_six_digits(http: httpx.AsyncClient, code: str) -> None:
    assert (await verify(http, str(new_id()), code)).status_code == 422


async def test_a_guest_sees_and_erases_its_own_account_and_is_new_afterwards(
    http: httpx.AsyncClient, context: IdentityContext, databases: Databases
) -> None:
    ana = await become_guest(http, context, Person())
    me = await http.get("/api/v1/me", headers=ana.bearer)
    assert (me.json()["kind"], me.json()["phone"], me.json()["roles"]) == ("guest", ana.phone, ["guest"])
    refused = await http.patch("/api/v1/me", json={"phone": "3515123456"}, headers=ana.bearer)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:barberpro:problem:contact-is-verified")
    assert (await http.delete("/api/v1/me", headers=ana.bearer)).status_code == 204
    again = await become_guest(http, context, Person(phone=ana.phone))
    assert again.id != ana.id
