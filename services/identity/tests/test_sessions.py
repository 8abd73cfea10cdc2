"""Login, refresh and logout, over HTTP on a real PostgreSQL."""

import asyncio
from datetime import timedelta
from time import perf_counter

import httpx
import pytest
from argon2 import PasswordHasher
from services.identity.tests.builders import Person, count_rows

from common.testing import Databases
from identity import usecases
from identity.usecases.context import IdentityContext


async def test_a_login_with_the_right_password_gives_tokens(http: httpx.AsyncClient, ana: Person) -> None:
    reply = await http.post("/api/v1/auth/login", json={"email": ana.email.upper(), "password": ana.password})
    assert reply.status_code == 200
    assert reply.json()["accountId"] == str(ana.id)


async def test_an_unknown_account_and_a_wrong_password_are_answered_alike(http: httpx.AsyncClient, ana: Person) -> None:
    wrong = await ana.login(http, "otra contraseña")
    unknown = await Person().login(http)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.headers.keys() == unknown.headers.keys()


async def test_an_unknown_account_and_a_wrong_password_take_the_same_time(http: httpx.AsyncClient) -> None:
    async def seconds(person: Person) -> float:
        started = perf_counter()
        await person.login(http, "otra contraseña")
        return perf_counter() - started

    known = [await Person().register(http) for _ in range(8)]
    times = [(await seconds(person), await seconds(Person())) for person in known]
    wrong, unknown = zip(*times, strict=True)
    assert min(wrong) < max(unknown)
    assert min(unknown) < max(wrong)


async def test_failed_logins_are_throttled_by_account_whether_there_is_one_or_not(
    http: httpx.AsyncClient, ana: Person, databases: Databases
) -> None:
    for person in (ana, Person()):
        first = [(await person.login(http, "otra contraseña")).status_code for _ in range(5)]
        stopped = await person.login(http, "otra contraseña")
        assert first == [401] * 5
        assert (stopped.status_code, stopped.json()["type"]) == (429, "urn:barberpro:problem:too-many-attempts")
        assert 1 <= int(stopped.headers["retry-after"]) <= 30
    try:
        assert (await ana.login(http)).status_code == 429
        await databases.shift_clock("*", timedelta(seconds=31))
        assert (await ana.login(http, "otra contraseña")).status_code == 401
        longer = await ana.login(http, "otra contraseña")
        assert 31 <= int(longer.headers["retry-after"]) <= 60
        await databases.shift_clock("*", timedelta(seconds=95))
        assert (await ana.login(http)).status_code == 200
        assert (await ana.login(http, "otra contraseña")).status_code == 401
    finally:
        await databases.shift_clock("*", timedelta(0))


async def test_a_burst_of_parallel_guesses_counts_as_much_as_a_queue(http: httpx.AsyncClient, ana: Person) -> None:
    replies = await asyncio.gather(*(ana.login(http, "otra contraseña") for _ in range(12)))
    statuses = [reply.status_code for reply in replies]
    assert (statuses.count(401), statuses.count(429)) == (5, 7)


async def test_a_password_of_former_strength_is_hashed_again_at_login(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(ana.password)
    async with context.uow.begin("*") as work:
        await work.connection.execute("UPDATE account SET password_hash = $2 WHERE id = $1", ana.id, weak)
    assert (await ana.login(http)).status_code == 200
    async with context.uow.read("*") as session:
        stored = await session.connection.fetchval("SELECT password_hash FROM account WHERE id = $1", ana.id)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await ana.login(http)).status_code == 200


async def test_a_refresh_token_is_exchanged_for_another(http: httpx.AsyncClient, ana: Person) -> None:
    first = await ana.refresh(http)
    assert first.status_code == 200
    second = await ana.refresh(http, first.json()["refreshToken"])
    assert second.status_code == 200
    assert len({ana.tokens["refreshToken"], first.json()["refreshToken"], second.json()["refreshToken"]}) == 3


async def test_a_refresh_token_used_twice_revokes_its_family_and_no_other(http: httpx.AsyncClient, ana: Person) -> None:
    stolen = ana.tokens["refreshToken"]
    renewed = (await ana.refresh(http)).json()["refreshToken"]
    await ana.login(http)
    reused = await ana.refresh(http, stolen)
    assert (reused.status_code, reused.json()["type"]) == (401, "urn:barberpro:problem:invalid-refresh-token")
    assert (await ana.refresh(http, renewed)).status_code == 401
    assert (await ana.refresh(http)).status_code == 200


async def test_of_two_who_present_one_token_at_once_neither_keeps_the_family(
    http: httpx.AsyncClient, ana: Person
) -> None:
    replies = await asyncio.gather(*(ana.refresh(http) for _ in range(4)))
    good = [reply for reply in replies if reply.status_code == 200]
    assert len(good) == 1
    assert (await ana.refresh(http, good[0].json()["refreshToken"])).status_code == 401


async def test_an_unknown_used_or_expired_refresh_token_is_answered_alike(
    http: httpx.AsyncClient, ana: Person, databases: Databases
) -> None:
    bodies = {(await ana.refresh(http, "no existe")).content}
    await databases.shift_clock("*", timedelta(days=31))
    try:
        bodies.add((await ana.refresh(http)).content)
    finally:
        await databases.shift_clock("*", timedelta(0))
    assert (await ana.refresh(http)).status_code == 200
    bodies.add((await ana.refresh(http)).content)
    assert len(bodies) == 1


async def test_a_family_ends_after_ninety_days_however_often_it_was_renewed(
    http: httpx.AsyncClient, ana: Person, databases: Databases
) -> None:
    token = ana.tokens["refreshToken"]
    statuses = []
    try:
        for days in (25, 50, 75, 91):
            await databases.shift_clock("*", timedelta(days=days))
            reply = await ana.refresh(http, token)
            statuses.append(reply.status_code)
            token = reply.json().get("refreshToken", "")
    finally:
        await databases.shift_clock("*", timedelta(0))
    assert statuses == [200, 200, 200, 401]


async def test_logout_ends_the_session_and_is_harmless_when_repeated(http: httpx.AsyncClient, ana: Person) -> None:
    body = {"refreshToken": ana.tokens["refreshToken"]}
    assert [(await http.post("/api/v1/auth/logout", json=body)).status_code for _ in range(2)] == [204, 204]
    assert (await ana.refresh(http)).status_code == 401
    assert (await http.post("/api/v1/auth/logout", json={"refreshToken": "no existe"})).status_code == 204


async def test_an_account_has_at_most_twenty_sessions(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    for _ in range(20):
        last = await usecases.start_session(context, ana.id)
    live = "SELECT count(*) FROM session_family WHERE account_id = $1 AND revoked_at IS NULL"
    assert await count_rows(context, live, ana.id) == 20
    assert (await ana.refresh(http)).status_code == 401
    assert (await ana.refresh(http, last.refresh_token)).status_code == 200


async def test_no_log_line_holds_a_token_a_password_or_a_contact(
    http: httpx.AsyncClient, ana: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        await ana.refresh(http)
    await ana.login(http, "otra contraseña")
    await ana.ask_code(http)
    await http.post("/api/v1/auth/register", json=ana.form(phone="12345678"))
    logged = capsys.readouterr().out
    assert "refresh.reused" in logged
    assert "http.request" in logged
    assert str(ana.id) in logged
    for secret in (ana.email, ana.phone, "Canario", ana.password, "otra contraseña", ana.tokens["refreshToken"]):
        assert secret not in logged


async def test_no_column_holds_a_token_a_password_or_a_contact(
    http: httpx.AsyncClient, context: IdentityContext, ana: Person
) -> None:
    await ana.ask_code(http)
    async with context.uow.read("*") as session:
        tables = ("account", "session_family", "refresh_token", "login_attempt", "guest_challenge", "idempotency")
        dump = ""
        for table in (*tables, "outbox"):
            rows = await session.connection.fetch(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 - these names
            dump += "\n".join(row["row"] for row in rows)
        payloads = await session.connection.fetch("SELECT payload FROM outbox WHERE payload IS NOT NULL")
    dump += "\n".join(row["payload"].decode() for row in payloads)
    for secret in (
        ana.email,
        ana.phone,
        ana.name,
        ana.password,
        *(ana.tokens[name] for name in ("accessToken", "refreshToken")),
    ):
        assert secret not in dump
        assert secret.encode().hex() not in dump
