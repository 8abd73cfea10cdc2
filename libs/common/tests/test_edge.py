"""The HTTP edge, through a toy application on a real database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import Field

from common.app import context_of
from common.errors import Answer, Refusal
from common.http import Body, Caller, InVertical, Key, Pesos, once
from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, Tokens, api_client, settings_for
from common.uow import UnitOfWork
from contracts.ids import AccountId, new_id

router = APIRouter(prefix="/api/v1")
ToyContext = Annotated[Context, Depends(context_of)]


class TooShort(Refusal):
    """The name is too short."""


class ThingBody(Body):
    long_name: str = Field(max_length=300_000)
    price: Pesos


class ThingReply(Body):
    long_name: str
    price: Pesos
    vertical: str


@router.post("/things", status_code=201)
async def make_thing(
    body: ThingBody, _caller: Caller, vertical: InVertical, context: ToyContext, key: Key
) -> ThingReply:
    if len(body.long_name) < 2:
        raise TooShort(minimum=2)
    reply = ThingReply(long_name=body.long_name, price=body.price, vertical=vertical.id)
    async with context.uow.begin(vertical.id, once(key, lambda made: made)) as work:
        return await work.finish(reply)


@router.post("/open/{token}", status_code=201)
async def open_thing(token: str, body: ThingBody, context: ToyContext, key: Key) -> ThingReply:
    """For whoever has the token, without an account."""
    reply = ThingReply(long_name=body.long_name, price=body.price, vertical=str(len(token)))
    async with context.uow.begin("barber", once(key, lambda made: made)) as work:
        return await work.finish(reply)


class ComeBack(Refusal):
    """Too early."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.retry_after = seconds


@router.get("/early")
async def early() -> None:
    raise ComeBack(37)


@router.get("/broken")
async def broken() -> None:
    raise ZeroDivisionError("Ana Canario +5493515551234")


@pytest.fixture
async def client(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, tokens: Tokens
) -> AsyncIterator[httpx.AsyncClient]:
    service = replace(toy, routers=(router,), refusals={TooShort: Answer(422, "El nombre es muy corto.")})
    async with api_client(service, settings_for(service.settings, toy_databases), tokens) as (http, _context):
        yield http


@pytest.fixture
def me(tokens: Tokens) -> dict[str, str]:
    return tokens.bearer(AccountId(new_id()))


async def test_a_good_request_is_answered_in_camel_case(client: httpx.AsyncClient, me: dict[str, str]) -> None:
    reply = await client.post("/api/v1/things", json={"longName": "Tijera", "price": 199.99}, headers=me)
    assert (reply.status_code, reply.json()) == (201, {"longName": "Tijera", "price": 199.99, "vertical": "barber"})


async def test_a_refusal_leaves_as_a_problem_with_a_text_in_spanish(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    reply = await client.post("/api/v1/things", json={"longName": "T", "price": 1}, headers=me)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json() == {
        "type": "urn:barberpro:problem:too-short",
        "title": "The name is too short.",
        "status": 422,
        "detail": "El nombre es muy corto.",
        "minimum": 2,
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"longName": "Tijera", "price": 1, "owner": "me"}, "owner"),
        ({"longName": 3, "price": 1}, "longName"),
        ({"longName": "Tijera", "price": 1.999}, "price"),
        ({"longName": "Tijera", "price": -1}, "price"),
        ({"price": 1}, "longName"),
    ],
)
async def test_a_wrong_field_is_named(
    client: httpx.AsyncClient, me: dict[str, str], body: dict[str, object], field: str
) -> None:
    reply = await client.post("/api/v1/things", json=body, headers=me)
    assert reply.status_code == 422
    assert [wrong["field"] for wrong in reply.json()["fields"]] == [field]


async def test_no_token_is_refused(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/things", json={"longName": "Tijera", "price": 1})
    assert reply.status_code == 401
    assert reply.json()["type"] == "urn:barberpro:problem:unauthenticated"


@pytest.mark.parametrize(
    "claims", [{"aud": "other"}, {"iss": "https://other"}, {"exp": 1}, {"nbf": 4102444800}, {"sub": "not-an-id"}]
)
async def test_a_token_with_a_wrong_claim_is_refused(
    client: httpx.AsyncClient, tokens: Tokens, claims: dict[str, Any]
) -> None:
    headers = tokens.bearer(AccountId(new_id()), **claims)
    assert (await client.post("/api/v1/things", json={}, headers=headers)).status_code == 401


async def test_a_token_signed_by_another_key_is_refused(client: httpx.AsyncClient) -> None:
    headers = Tokens().bearer(AccountId(new_id()))
    assert (await client.post("/api/v1/things", json={}, headers=headers)).status_code == 401


async def test_a_refusal_may_say_for_itself_when_to_come_back(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/early")
    assert (reply.status_code, reply.headers["retry-after"]) == (400, "37")


async def test_the_openapi_document_says_which_calls_ask_for_a_token(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["accessToken"]["scheme"] == "bearer"
    assert document["paths"]["/api/v1/things"]["post"]["security"] == [{"accessToken": []}]
    assert "security" not in document["paths"]["/api/v1/broken"]["get"]


async def test_a_service_that_signs_tokens_knows_its_keys_from_the_start(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, tokens: Tokens
) -> None:
    service = replace(toy, token_keys=lambda _context: tokens.jwks())
    async with api_client(service, settings_for(service.settings, toy_databases), Tokens()) as (http, _context):
        assert (await http.get("/health/ready")).status_code == 200


async def test_an_unknown_vertical_is_refused(client: httpx.AsyncClient, me: dict[str, str]) -> None:
    reply = await client.post(
        "/api/v1/things", json={"longName": "Tijera", "price": 1}, headers=me | {"X-Vertical": "tarot"}
    )
    assert (reply.status_code, reply.json()["type"]) == (404, "urn:barberpro:problem:unknown-vertical")


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient, me: dict[str, str]) -> None:
    reply = await client.post("/api/v1/things", json={"longName": "x" * 280_000, "price": 1}, headers=me)
    assert reply.status_code == 413


async def test_a_body_over_the_limit_is_refused_even_without_a_length(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000

    reply = await client.post("/api/v1/things", content=chunks(), headers=me)
    assert reply.status_code == 413


async def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(
    client: httpx.AsyncClient, me: dict[str, str]
) -> None:
    headers = me | {"Idempotency-Key": str(new_id())}
    body = {"longName": "Tijera", "price": 10}
    first = await client.post("/api/v1/things", json=body, headers=headers)
    again = await client.post("/api/v1/things", json=body, headers=headers)
    other = await client.post("/api/v1/things", json=body | {"price": 11}, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (422, "urn:barberpro:problem:key-reused")


async def test_two_visitors_who_chose_the_same_short_key_do_not_meet(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(new_id())[-12:]}
    mine, other = ({"longName": "Tijera", "price": price} for price in (10, 11))
    first = await client.post("/api/v1/open/door", json=mine, headers=headers)
    second = await client.post("/api/v1/open/door", json=other, headers=headers)
    again = await client.post("/api/v1/open/door", json=mine, headers=headers)
    assert [reply.json()["price"] for reply in (first, second, again)] == [10, 11, 10]
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_is_kept_with_a_key_names_the_route_and_not_what_the_path_held(
    client: httpx.AsyncClient, uow: UnitOfWork
) -> None:
    headers, body = {"Idempotency-Key": str(new_id())}, {"longName": "Tijera", "price": 1}
    replies = [
        await client.post(f"/api/v1/open/{token}", json=body, headers=headers)
        for token in ("open-sesame", "sesame", "open-sesame")
    ]
    assert [reply.json()["vertical"] for reply in replies] == ["11", "6", "11"]
    async with uow.read("barber") as session:
        rows = await session.connection.fetch(
            "SELECT scope FROM idempotency WHERE key = $1", headers["Idempotency-Key"]
        )
    assert [row["scope"].startswith("visitor POST /api/v1/open/{token} ") for row in rows] == [True, True]
    assert "sesame" not in str(rows)


async def test_a_broken_handler_tells_nothing_of_what_broke(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/broken", headers={"X-Request-Id": "abc"})
    assert reply.status_code == 500
    assert "Canario" not in reply.text
    assert reply.headers["x-request-id"] == "abc"


async def test_ready_and_metrics_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/ready")).status_code == 200
    assert "http_requests_total" in (await client.get("/metrics")).text
