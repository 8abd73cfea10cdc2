"""The WhatsApp Cloud API: what is accepted, listed and refused."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.testing import WHATSAPP_TOKEN

Json = dict[str, Any]
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def send(client: httpx.AsyncClient) -> Send:
    """Builder: a text message, with any field changed."""

    async def post(path: str = "/v22.0/105/messages", token: str = WHATSAPP_TOKEN, **changes: Any) -> httpx.Response:
        body = {"messaging_product": "whatsapp", "to": "5491112345678", "type": "text", "text": {"body": "Hola"}}
        headers = {"authorization": f"Bearer {token}"}
        return await client.post(path, json={**body, **changes}, headers=headers)

    return post


TEMPLATE: Json = {
    "name": "turno_confirmado",
    "language": {"code": "es_AR"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "15:30 hs"}]}],
}


async def test_a_template_is_accepted_and_listed(client: httpx.AsyncClient, send: Send) -> None:
    reply = await send(type="template", template=TEMPLATE, biz_opaque_callback_data="ntf-1")

    assert reply.status_code == 200
    body = reply.json()
    assert body["messaging_product"] == "whatsapp"
    assert body["contacts"] == [{"input": "5491112345678", "wa_id": "5491112345678"}]
    assert body["messages"][0]["id"].startswith("wamid.")
    assert body["messages"][0]["message_status"] == "accepted"
    (listed,) = (await client.get("/sandbox/messages", params={"channel": "whatsapp"})).json()["messages"]
    assert listed["id"] == body["messages"][0]["id"]
    assert (listed["reference"], listed["subject"]) == ("ntf-1", "turno_confirmado")
    assert listed["body"] == "[turno_confirmado] 15:30 hs"
    assert listed["content"]["template"] == TEMPLATE


async def test_any_version_is_accepted_and_others_paths_are_not(send: Send) -> None:
    assert (await send("/v19.0/105/messages")).status_code == 200
    assert (await send("/vx/105/messages")).status_code == 400
    assert (await send("/v22.0/abc/messages")).status_code == 400


async def test_messages_are_found_by_their_recipient(client: httpx.AsyncClient, send: Send) -> None:
    await send(to="+54 9 11 1234-5678")
    await send(to="5493515123456")

    found = (await client.get("/sandbox/messages", params={"to": "+5491112345678"})).json()["messages"]

    assert [each["to"] for each in found] == ["5491112345678"]


async def test_a_wrong_token_is_190(send: Send) -> None:
    reply = await send(token="other")

    assert reply.status_code == 401
    assert (reply.json()["error"]["code"], reply.json()["error"]["type"]) == (190, "OAuthException")


@pytest.mark.parametrize(
    "changes",
    [
        {"messaging_product": "sms"},
        {"to": ""},
        {"to": 5},
        {"type": "sticker"},
        {"text": {"body": ""}},
        {"text": {"body": "x" * 4097}},
        {"type": "template", "template": {}},
        {"type": "template", "template": {"name": "x"}},
    ],
)
async def test_a_message_that_says_nothing_is_refused(client: httpx.AsyncClient, send: Send, changes: Json) -> None:
    reply = await send(**changes)

    assert reply.status_code == 400
    assert set(reply.json()["error"]) >= {"message", "type", "code", "error_data", "fbtrace_id"}
    assert (await client.get("/sandbox/messages")).json()["messages"] == []


@pytest.mark.parametrize(
    ("form", "good", "bad"), [("549", "5491112345678", "541112345678"), ("54", "541112345678", "5491112345678")]
)
async def test_a_number_in_the_other_form_is_131030(
    client: httpx.AsyncClient, send: Send, form: str, good: str, bad: str
) -> None:
    await client.put("/sandbox/knobs", json={"whatsapp_number_form": form})

    reply = await send(to=bad)

    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == 131030
    assert (await send(to=good)).status_code == 200


@pytest.mark.parametrize(("code", "status"), [(131000, 500), (130429, 429), (131026, 400)])
async def test_a_failure_has_the_code_asked_for_and_keeps_nothing(
    client: httpx.AsyncClient, send: Send, code: int, status: int
) -> None:
    await client.put("/sandbox/knobs", json={"whatsapp_error_rate": 1, "whatsapp_error_code": code})

    reply = await send()

    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert (await client.get("/sandbox/messages")).json()["messages"] == []
