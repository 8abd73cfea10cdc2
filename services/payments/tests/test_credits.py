"""Giving credit: by whom, to whom, how much alone, and who is told."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.crediting import Purse, slug

from common.testing import on_record, published
from contracts.ids import AccountId, PaymentId, new_id

LARGE = 250_000
"""Pesos, over the limit of what one person gives alone."""


@pytest.fixture
async def purse(road: Road) -> Purse:
    return await Purse(road).opened()


async def test_an_operator_gives_a_client_credit_and_the_platform_gives_up_revenue(purse: Purse, road: Road) -> None:
    reply = await purse.grant(1_500.5)
    assert reply.status_code == 201
    made = {name: reply.json()[name] for name in ("clientId", "amount", "kind", "status", "reason", "paymentId")}
    assert made == {
        "clientId": str(purse.client),
        "amount": 1500.5,
        "kind": "granted",
        "status": "done",
        "reason": "goodwill",
        "paymentId": None,
    }
    assert await purse.balance() == 150_050
    posted = await road.rows(
        "SELECT kind, account, amount_minor FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id"
        " WHERE reference = $1 ORDER BY line",
        f"credit:{reply.json()['id']}",
    )
    assert [tuple(row.values()) for row in posted] == [
        ("credit", "client_credit", -150_050),
        ("credit", "commission_revenue", 150_050),
    ]


async def test_it_is_told_once_and_on_record(purse: Purse, road: Road) -> None:
    grant = UUID((await purse.grant(100, reason="promotion")).json()["id"])
    (told,) = await road.facts(PaymentId(grant))
    assert (told.topic, told.client_id, told.amount.minor, told.reason) == (
        "credit.granted",
        purse.client,
        10_000,
        "promotion",
    )
    (entry,) = await on_record(road.uow, SCOPE, grant)
    assert (entry.action, entry.actor) == ("credit.asked", purse.first)
    assert entry.detail == {
        "client": str(purse.client),
        "minor": 10_000,
        "currency": "ARS",
        "reason": "promotion",
        "status": "done",
    }


async def test_the_same_key_gives_once(purse: Purse) -> None:
    first, again = await purse.grant(100, key="k-1"), await purse.grant(100, key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert slug(await purse.grant(101, key="k-1")) == "key-reused"
    assert await purse.balance() == 10_000


@pytest.mark.parametrize("scope", ["client", "client provider:barber", "client analyst:barber", "operator:psychology"])
async def test_nobody_else_gives_or_decides(purse: Purse, road: Road, scope: str) -> None:
    waiting = (await purse.grant(LARGE)).json()["id"]
    auth = road.tokens.bearer(purse.client, scope)
    body = {"clientId": str(purse.client), "amount": 1, "reason": "goodwill"}
    assert (await road.http.post("/api/v1/credits", json=body, headers=auth)).status_code == 403
    for verb in ("approve", "reject"):
        assert (await purse.decide(waiting, verb, purse.client, scope)).status_code == 403
    assert await purse.balance() == 0


async def test_an_account_that_never_booked_here_is_refused_by_name(purse: Purse, road: Road) -> None:
    stranger = Purse(road)
    assert (slug(await stranger.grant(1)), await stranger.kinds()) == ("unknown-client", [])


@pytest.mark.parametrize(
    "body", [{"amount": 0}, {"amount": -1}, {"amount": 1.001}, {"amount": "mucho"}, {"reason": "porque sí"}]
)
async def test_an_amount_or_a_reason_that_is_none_is_refused(purse: Purse, body: dict[str, Any]) -> None:
    assert (
        await purse.grant(**{"pesos": 1} | ({"pesos": body["amount"]} if "amount" in body else body))
    ).status_code == 422


async def test_much_of_it_waits_for_a_second_operator(purse: Purse, road: Road) -> None:
    waiting = (await purse.grant(LARGE)).json()
    assert (waiting["status"], await purse.balance()) == ("awaiting_approval", 0)
    assert await published(road.uow, SCOPE, UUID(waiting["id"])) == []
    assert slug(await purse.decide(waiting["id"], "approve", purse.first)) == "same-person"
    assert slug(await purse.decide(waiting["id"], "reject", purse.first)) == "same-person"
    approved = await purse.decide(waiting["id"], "approve", purse.second)
    assert (approved.status_code, approved.json()["status"], await purse.balance()) == (200, "done", 25_000_000)
    assert slug(await purse.decide(waiting["id"], "approve", purse.second)) == "not-awaiting-approval"
    assert [each.type for each in await published(road.uow, SCOPE, UUID(waiting["id"]))] == ["credit.granted"]
    record = [(each.action, each.actor) for each in await on_record(road.uow, SCOPE, UUID(waiting["id"]))]
    assert record == [("credit.asked", purse.first), ("credit.approved", purse.second)]


async def test_what_is_rejected_never_counts(purse: Purse, road: Road) -> None:
    waiting = (await purse.grant(LARGE)).json()["id"]
    rejected = await purse.decide(waiting, "reject", purse.second)
    assert (rejected.json()["status"], await purse.balance()) == ("rejected", 0)
    assert slug(await purse.decide(waiting, "approve", purse.second)) == "not-awaiting-approval"
    assert await published(road.uow, SCOPE, UUID(waiting)) == []


async def test_many_small_ones_count_together_within_a_day(purse: Purse, road: Road) -> None:
    given = [(await purse.grant(90_000)).json()["status"] for _ in range(3)]
    assert given == ["done", "done", "awaiting_approval"]
    # Whoever asks: the limit is of what one client was given.
    assert (await purse.grant(90_000, who=purse.second)).json()["status"] == "awaiting_approval"
    other = await Purse(road, first=purse.first).opened()
    assert (await other.grant(90_000)).json()["status"] == "done"
    async with road.uow.begin(SCOPE) as work:
        with pytest.raises(Exception, match="permission denied"):
            async with work.connection.transaction():
                await work.connection.execute("UPDATE credit_movement SET created_at = app_now()")


async def test_what_two_persons_gave_does_not_count_against_one(purse: Purse) -> None:
    waiting = (await purse.grant(LARGE)).json()["id"]
    await purse.decide(waiting, "approve", purse.second)
    assert (await purse.grant(90_000)).json()["status"] == "done"


async def test_two_at_once_do_not_slip_under_the_limit_together(purse: Purse) -> None:
    replies = await asyncio.gather(*(purse.grant(150_000) for _ in range(4)))
    assert sorted(reply.json()["status"] for reply in replies) == ["awaiting_approval"] * 3 + ["done"]


@pytest.mark.parametrize("what", ["nobody's", "a payment's"])
async def test_only_a_grant_can_be_decided(road: Road, what: str) -> None:
    purse = await Purse(road).opened(150_000)
    await purse.paid()
    query = "SELECT id FROM credit_movement WHERE kind = 'spent' AND client_id = $1"
    one = new_id() if what == "nobody's" else (await road.row(query, purse.client))["id"]
    assert (await purse.decide(str(one), "approve", purse.second)).status_code == 404


async def test_a_client_sees_its_own_without_what_never_counted(purse: Purse) -> None:
    await purse.grant(2_000)
    await purse.grant(LARGE)
    await purse.paid()
    mine = (await purse.seen()).json()
    assert (mine["clientId"], mine["balance"], mine["currency"]) == (str(purse.client), 500, "ARS")
    assert [(each["kind"], each["amount"]) for each in mine["items"]] == [("spent", -1500), ("granted", 2000)]
    assert mine["items"][0]["paymentId"] is not None


async def test_it_is_paged_newest_first(purse: Purse) -> None:
    for pesos in (1, 2, 3):
        await purse.grant(pesos)
    first = (await purse.seen(limit="2")).json()
    rest = (await purse.seen(limit="2", cursor=first["nextCursor"])).json()
    assert [each["amount"] for each in first["items"] + rest["items"]] == [3, 2, 1]
    assert (rest["nextCursor"], rest["balance"]) == (None, 6)


async def test_operators_see_anybodys_whole_and_that_is_on_record(purse: Purse, road: Road) -> None:
    await purse.grant(LARGE)
    seen = await purse.seen(purse.second, "operator:barber", clientId=str(purse.client))
    assert [each["status"] for each in seen.json()["items"]] == ["awaiting_approval"]
    read = (await on_record(road.uow, SCOPE, purse.client))[-1]
    assert (read.action, read.actor) == ("credit.listed", purse.second)


async def test_nobody_else_sees_it_and_whoever_has_none_sees_none(purse: Purse) -> None:
    await purse.grant(100)
    stranger = AccountId(new_id())
    refused = await purse.seen(stranger, "client provider:barber", clientId=str(purse.client))
    assert (refused.status_code, slug(refused)) == (403, "forbidden")
    nothing = (await purse.seen(stranger)).json()
    assert (nothing["balance"], nothing["items"]) == (0, [])
