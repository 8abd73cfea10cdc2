"""Function authorization: every role at every operation of every service, as the table in access.py says."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.security.access import ACCESS, LETS_IN, Kind
from tests.security.minting import Mint
from tests.security.operations import Operation, hidden, operations
from tests.security.samples import IDS, QUERIES, body_of
from tests.town.client import Call, slug_of
from tests.town.town import ON_STACK, Town

from common.errors import NotFound
from common.testing import eventually

GATEWAY = Path(__file__).parents[2] / "services" / "gateway" / "haproxy.cfg.j2"
GATEWAYS_OWN = frozenset(re.findall(r'^    "([a-z-]+)": \([45]\d\d, ', GATEWAY.read_text(), re.MULTILINE))
"""What the gateway answers in a service's stead; of these a service says `not-found` too, in other words."""
ERASES = "DELETE /api/v1/me"
AT_ONCE = 12
PATIENCE = 30.0
Outcomes = Mapping[Kind, Mapping[str, str]]


def test_every_operation_is_in_the_table() -> None:
    assert {operation.name for operation in operations()} == ACCESS.keys()


def test_nothing_but_pages_for_people_is_hidden_from_the_documents() -> None:
    documentation = {"GET /docs", "GET /docs/{name}"}
    paths = ("/arrepentimiento", "/arrepentimiento/{withdrawal_id}")
    withdrawal = {f"{method} {path}" for path in paths for method in ("GET", "POST")}
    assert hidden() == documentation | withdrawal


@pytest.mark.parametrize(
    ("status", "slug", "title"),
    [
        (404, "not-found", "There is no such thing."),
        (404, "not-found", "Not Found"),
        (405, "method-not-allowed", "Method Not Allowed"),
        (421, "unknown-vertical", "No vertical lives at this host."),
        (429, "too-many-requests", "Too many requests from here."),
        (429, "banned", "Too many failed authentications from here."),
    ],
)
def test_an_answer_in_the_operations_stead_does_not_count_as_let_in(status: int, slug: str, title: str) -> None:
    assert _outcome(problem(status, slug, title)) == slug


def test_an_error_that_is_no_problem_does_not_count_as_let_in() -> None:
    assert _outcome(httpx.Response(404, text="<h1>Not Found</h1>")) == "404"


def test_what_the_operation_itself_does_not_find_counts_as_let_in() -> None:
    assert _outcome(problem(404, "not-found", NotFound.title())) == "in"


def problem(status: int, slug: str, title: str) -> httpx.Response:
    body = {"type": f"urn:barberpro:problem:{slug}", "title": title}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})


@pytest.fixture(scope="module")
async def outcomes(town: Town, mint: Mint) -> Outcomes:
    """What each kind of caller got from each operation: `in`, or why not, as a problem's slug or a status."""
    turns = asyncio.Semaphore(AT_ONCE)
    kinds = await asyncio.gather(*(_tour(town, mint, kind, turns) for kind in Kind))
    return dict(zip(Kind, kinds, strict=True))


@ON_STACK
@pytest.mark.parametrize("kind", Kind)
def test_a_role_gets_in_where_the_table_says_and_nowhere_else(outcomes: Outcomes, kind: Kind) -> None:
    out = "unauthenticated" if kind is Kind.VISITOR else "forbidden"
    expected = {name: "in" if kind in LETS_IN[access] else out for name, access in ACCESS.items()}
    assert outcomes[kind] == expected


async def _tour(town: Town, mint: Mint, kind: Kind, turns: asyncio.Semaphore) -> Mapping[str, str]:
    account = (await town.people.client()).id
    last = [operation for operation in operations() if operation.name == ERASES]
    others = [operation for operation in operations() if operation.name != ERASES]

    async def visit(operation: Operation) -> str:
        async with turns:
            # Passwords are hashed two at a time: one call too many is told to come back.
            answer = await eventually(lambda: _unless_busy(town, mint, kind, account, operation), PATIENCE)
            return _outcome(answer)

    found = dict(zip([one.name for one in others], await asyncio.gather(*map(visit, others)), strict=True))
    return found | {one.name: await visit(one) for one in last}


async def _unless_busy(
    town: Town, mint: Mint, kind: Kind, account: UUID, operation: Operation
) -> httpx.Response | None:
    answer = await _send(town, mint, kind, account, operation)
    return answer if slug_of(answer) != "busy" else None


async def _send(town: Town, mint: Mint, kind: Kind, account: UUID, operation: Operation) -> httpx.Response:
    token = mint.token(account, kind.value) if kind.value else None
    query = QUERIES.get(operation.name, {})
    call = Call(operation.method, operation.url(IDS), token=token, body=body_of(operation), query=query)
    http, headers = town.gateway.http, town.gateway.headers(call)
    # The live feed never ends: of a good answer the beginning is enough.
    async with http.stream(call.method, call.path, params=dict(query), json=call.body, headers=headers) as answer:
        if answer.is_error:
            await answer.aread()
        return answer


def _outcome(answer: httpx.Response) -> str:
    """`in` only when the operation itself has answered, be it with a refusal of its own."""
    if not answer.is_error:
        return "in"
    slug = slug_of(answer)
    if answer.is_server_error or not slug:
        return f"{answer.status_code}"
    its_own = slug not in GATEWAYS_OWN or (slug == "not-found" and answer.json()["title"] == NotFound.title())
    return "in" if its_own else slug
