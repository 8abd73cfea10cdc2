"""What a client developer reads in the OpenAPI document of how an operation may be refused."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter

from common.errors import Answer, Refusal
from common.http import Body, Caller
from common.openapi import Documented

router = APIRouter()


class TooShort(Refusal):
    """The name is too short."""


class ThingBody(Body):
    name: str


class PartBody(Body):
    thing_id: UUID


@router.get("/things")
async def find_things(name: str) -> str:
    return name


@router.post("/things", responses={402: {}})
async def make_thing(_body: ThingBody, _caller: Caller) -> None: ...


@router.post("/parts")
async def make_part(_body: PartBody) -> None: ...


@router.delete("/things/{name}", status_code=204)
async def delete_thing(name: str) -> None: ...


@router.get("/")
async def look() -> None: ...


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = Documented({TooShort: Answer(422, "El nombre es muy corto.")})
    app.include_router(router)
    return app.openapi()


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("get /things", [200, 422, 429, 503]),
        ("post /things", [200, 401, 402, 403, 409, 413, 415, 422, 429, 503]),
        ("post /parts", [200, 404, 409, 413, 415, 422, 429, 503]),
        ("delete /things/{name}", [204, 404, 409, 422, 429, 503]),
        ("get /", [200, 429, 503]),
    ],
)
def test_an_operation_names_the_refusals_that_follow_from_what_it_takes_and_does(
    document: dict[str, Any], operation: str, statuses: list[int]
) -> None:
    method, path = operation.split()
    responses = document["paths"][path][method]["responses"]
    assert [int(status) for status in responses] == statuses
    refused = {status: one for status, one in responses.items() if int(status) >= 400}
    assert refused == {status: {"$ref": f"#/components/responses/Problem{status}"} for status in refused}


def test_each_is_a_problem_and_names_the_types_that_it_may_have(document: dict[str, Any]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert all(one["content"] == problem for one in document["components"]["responses"].values())
    told = document["components"]["responses"]["Problem422"]["description"]
    assert told.endswith("one of: invalid-cursor, invalid-request, key-reused, too-short.")
    assert "Retry-After" in document["components"]["responses"]["Problem503"]["headers"]


def test_what_no_client_is_ever_sent_is_not_described(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"].keys() == {"PartBody", "Problem", "ThingBody"}
