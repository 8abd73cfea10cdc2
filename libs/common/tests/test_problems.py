"""What a client developer is told of a body that does not fit, through a toy application."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

import httpx
import pytest
from fastapi import APIRouter
from pydantic import ValidationError, model_validator

from common.errors import MEMBERS, NotFound
from common.http import Body, Instant, Pesos, Whole, misfit
from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, Tokens, api_client, settings_for

router = APIRouter(prefix="/api/v1")


class Hue(StrEnum):
    RED = "red"
    SEA_BLUE = "sea-blue"


class PriceBody(Body):
    price: Pesos
    seats: Whole = 1


class PaintBody(Body):
    hue: Hue = Hue.RED
    coats: Literal[1, 3] = 1
    first_name: str | None = None
    nick: str | None = None

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.first_name is None) == (self.nick is None):
            raise misfit("just_one_of_these", "firstName", "nick")
        return self


@router.post("/paint")
async def paint(body: PaintBody) -> str:
    return body.hue


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_what_a_problem_says_of_itself_no_refusal_can_say_otherwise(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        raise NotFound(**{name: "cancelled"})


@router.get("/paint")
async def paint_at(at: Instant) -> datetime:
    return at


@pytest.mark.parametrize("seats", [True, "2", 2.0])
def test_what_is_no_json_integer_is_none(seats: object) -> None:
    with pytest.raises(ValidationError, match="int_type"):
        PriceBody.model_validate({"price": 1, "seats": seats})


@pytest.mark.parametrize("price", ["\u0663", "1_000", True])
def test_money_is_written_in_plain_digits(price: object) -> None:
    assert PriceBody.model_validate({"price": "199.99"}).price == Decimal("199.99")
    with pytest.raises(ValidationError, match="decimal_parsing"):
        PriceBody.model_validate({"price": price})


@pytest.fixture
async def client(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, tokens: Tokens
) -> AsyncIterator[httpx.AsyncClient]:
    service = replace(toy, routers=(router,))
    async with api_client(service, settings_for(service.settings, toy_databases), tokens) as (http, _context):
        yield http


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"nick": "Ana", "hue": "gold"}, {"field": "hue", "reason": "enum", "allowed": ["red", "sea-blue"]}),
        ({"nick": "Ana", "coats": 2}, {"field": "coats", "reason": "literal_error", "allowed": [1, 3]}),
    ],
)
async def test_what_is_none_of_a_set_is_told_the_set(
    client: httpx.AsyncClient, body: dict[str, object], wrong: dict[str, object]
) -> None:
    reply = await client.post("/api/v1/paint", json=body)
    assert (reply.status_code, reply.json()["fields"]) == (422, [wrong])


@pytest.mark.parametrize(
    ("at", "status"), [("1795827166", 422), ("2026-12-02T09:00:00", 422), ("2026-12-02T09:00:00-03:00", 200)]
)
async def test_a_number_of_seconds_is_no_instant_in_a_query_either(
    client: httpx.AsyncClient, at: str, status: int
) -> None:
    assert (await client.get("/api/v1/paint", params={"at": at})).status_code == status


@pytest.mark.parametrize("body", [{}, {"firstName": "Ana", "nick": "Anita"}])
async def test_a_rule_over_several_fields_names_each_of_them(
    client: httpx.AsyncClient, body: dict[str, object]
) -> None:
    reply = await client.post("/api/v1/paint", json=body)
    fields = [{"field": name, "reason": "just_one_of_these"} for name in ("firstName", "nick")]
    assert (reply.status_code, reply.json()["fields"]) == (422, fields)


@pytest.mark.parametrize("kind", ["text/html", "application/x-www-form-urlencoded", None])
async def test_a_body_that_does_not_say_that_it_is_json_is_refused_as_such(
    client: httpx.AsyncClient, kind: str | None
) -> None:
    headers = {"Content-Type": kind} if kind is not None else {}
    reply = await client.post("/api/v1/paint", content=b"<p>Ana</p>", headers=headers)
    assert (reply.status_code, reply.json()["type"]) == (415, "urn:barberpro:problem:unsupported-media-type")


@pytest.mark.parametrize("content", [b"<p>Ana</p>", b'{"nick": Ana}', b'{"nick": "Ana"'])
async def test_what_is_no_json_names_no_field(client: httpx.AsyncClient, content: bytes) -> None:
    reply = await client.post("/api/v1/paint", content=content, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["fields"]) == (422, [{"field": "", "reason": "json_invalid"}])
