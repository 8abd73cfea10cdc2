"""Bodies that are meant to break a parser: each is refused, by the gateway and by each service, and none breaks it."""

import json
from collections.abc import Mapping
from typing import Final

import httpx
import pytest
from tests.security.minting import Mint
from tests.security.operations import Operation, operations
from tests.security.samples import IDS, body_of
from tests.town.client import BARBER, slug_of
from tests.town.town import ON_STACK, Town

pytestmark = ON_STACK
EVERYTHING: Final = "client provider:barber analyst:barber operator:*"
WITH_BODY: Final = [operation for operation in operations() if operation.body]
ONE_OF_EACH: Final = list({operation.service: operation for operation in WITH_BODY}.values())
TEN_MEGABYTES: Final = b'{"name": "' + b"x" * 10_000_000 + b'"}'
DEEP: Final = 20_000
BROKEN: Final[Mapping[str, bytes]] = {
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "lists that do not end": b"[" * DEEP,
    "a deep list inside a property": b'{"name": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "nothing": b"",
    "a NUL": b"\x00",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "not a number": b'{"name": NaN}',
    "a number of a thousand digits": b'{"name": 1' + b"0" * 1_000 + b"}",
    "a number of ten thousand digits": b'{"name": 1' + b"0" * 10_000 + b"}",
    "an exponent beyond all": b'{"price": 1e999999999}',
    "the same name twice": b'{"name": 1, "name": 2}',
    "two documents": b"{}{}",
    "XML with an entity": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
}
NULS: Final = ("\x00", "Ana\x00", "' OR 1=1 --\x00")
PATHS: Final = ("%00", "..%2f..%2fetc%2fpasswd", "%2e%2e", "';--", "%F0%9F%92%88", "x" * 300)


@pytest.mark.parametrize("operation", ONE_OF_EACH, ids=lambda operation: operation.service)
async def test_ten_megabytes_are_refused_in_words(
    town: Town, services: Mapping[str, httpx.AsyncClient], mint: Mint, operation: Operation
) -> None:
    answers = [
        await send(door, operation, mint, TEN_MEGABYTES) for door in (town.gateway.http, services[operation.service])
    ]
    assert [(answer.status_code, slug_of(answer)) for answer in answers] == [(413, "body-too-large")] * 2


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
async def test_a_body_that_is_none_is_refused_and_breaks_nothing(
    services: Mapping[str, httpx.AsyncClient], mint: Mint, operation: Operation
) -> None:
    service = services[operation.service]
    broken = {name: body for name, body in BROKEN.items() if body or not operation.takes_no_body}
    answers = {name: await send(service, operation, mint, body) for name, body in broken.items()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in (400, 422)} == {}


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
async def test_a_nul_in_any_text_breaks_nothing(
    services: Mapping[str, httpx.AsyncClient], mint: Mint, operation: Operation
) -> None:
    body, broken = body_of(operation) or {}, dict[str, int]()
    for name in [name for name, value in body.items() if isinstance(value, str)]:
        for text in NULS:
            answer = await send(services[operation.service], operation, mint, json.dumps(body | {name: text}).encode())
            broken |= {f"{name} {text!r}": answer.status_code} if answer.is_server_error else {}
    assert broken == {}


@pytest.mark.parametrize(
    "operation", [one for one in operations() if one.parameters], ids=lambda operation: operation.name
)
async def test_what_is_no_id_in_a_path_is_refused_or_not_found(
    services: Mapping[str, httpx.AsyncClient], mint: Mint, operation: Operation
) -> None:
    wrong: dict[str, int] = {}
    for text in PATHS:
        path = operation.url({**IDS, **dict.fromkeys(operation.parameters, text)})
        headers = {"Authorization": f"Bearer {mint.token(scope=EVERYTHING)}"}
        answer = await services[operation.service].request(
            operation.method, path, headers=headers, json=body_of(operation)
        )
        wrong |= {text: answer.status_code} if answer.status_code not in (400, 404, 405, 422) else {}
    assert wrong == {}


async def send(http: httpx.AsyncClient, operation: Operation, mint: Mint, content: bytes) -> httpx.Response:
    """The operation with these bytes, by somebody who may do everything."""
    token = mint.token(scope=EVERYTHING)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": f"{BARBER}.localhost"}
    return await http.request(operation.method, operation.url(IDS), content=content, headers=headers)
