"""What client apps report, through the API."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from analytics.usecases import AnalyticsContext, Gate
from common.errors import Busy
from common.testing import Tokens, published
from contracts.analytics import ClientActivity
from contracts.ids import AccountId, new_id

ANALYTICS = "/api/v1/analytics"


async def told(context: AnalyticsContext, reply: httpx.Response) -> ClientActivity:
    (event,) = await published(context.uow, "barber", UUID(reply.json()["activityId"]))
    assert isinstance(event.data, ClientActivity)
    return event.data


async def test_a_visitor_reports_a_session_its_actions_and_its_steps(
    http: httpx.AsyncClient, context: AnalyticsContext
) -> None:
    started = await http.post(f"{ANALYTICS}/session/start", json={"name": "android"})
    session, provider = started.json()["sessionId"], str(new_id())
    for path, name in (("action", "view_provider"), ("funnel", "slot")):
        body = {"sessionId": session, "name": name, "providerId": provider}
        reply = await http.post(f"{ANALYTICS}/{path}", json=body)
        assert (reply.status_code, reply.json()["sessionId"]) == (202, session)
        fact = await told(context, reply)
        assert (fact.kind, fact.name, str(fact.provider_id), fact.account_id) == (path, name, provider, None)
    assert (started.status_code, (await told(context, started)).kind) == (202, "session")


async def test_an_account_is_noted_when_there_is_one(
    http: httpx.AsyncClient, context: AnalyticsContext, tokens: Tokens
) -> None:
    account = AccountId(new_id())
    reply = await http.post(f"{ANALYTICS}/session/start", json={}, headers=tokens.bearer(account))
    assert (await told(context, reply)).account_id == account


async def test_a_report_is_kept_apart_from_the_facts(http: httpx.AsyncClient, context: AnalyticsContext) -> None:
    reply = await http.post(f"{ANALYTICS}/action", json={"name": "search"})
    async with context.uow.read("barber") as session:
        row = await session.connection.fetchrow(
            "SELECT kind, name FROM activity WHERE id = $1", UUID(reply.json()["activityId"])
        )
    assert dict(row) == {"kind": "action", "name": "search"}


async def test_the_same_report_twice_is_two_reports_whatever_key_it_carries(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(new_id())}
    replies = [await http.post(f"{ANALYTICS}/action", json={"name": "search"}, headers=headers) for _ in range(2)]
    assert len({reply.json()["activityId"] for reply in replies}) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("action", {}),
        ("action", {"name": "Ana Canario"}),
        ("funnel", {"name": "view_provider"}),
        ("session/start", {"name": "toaster"}),
        ("session/start", {"sessionId": "1"}),
        ("action", {"name": "search", "query": "peluquería"}),
        ("action", {"name": "search", "providerId": 7}),
    ],
)
async def test_what_is_not_on_the_closed_lists_is_refused(
    http: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    assert (await http.post(f"{ANALYTICS}/{path}", json=body)).status_code == 422


def test_more_reports_at_once_than_allowed_are_told_to_come_back() -> None:
    gate = Gate(1)
    with gate.passed(), pytest.raises(Busy), gate.passed():
        raise AssertionError("the gate let two in")
    with gate.passed():
        pass
