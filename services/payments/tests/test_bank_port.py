"""One suite for both banks: the client on its wire, and the one in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from services.payments.tests.bank_stand_in import TOKEN, StandIn
from services.payments.tests.conftest import Sandbox
from services.payments.tests.fake_bank import CBUS, CUIT, FakeBank

from common.money import Money
from contracts.ids import new_id
from payments.clients import (
    Bank,
    BankMissingError,
    BankNotAcceptedError,
    BankRefusedError,
    BankUnansweredError,
    BankUnreadableError,
    HttpBank,
    connected_bank,
)
from payments.domain.bank import Batch, BatchId, BatchItem, ItemStatus, MovementKind
from payments.domain.bank_account import Cbu
from sandbox.testing import BANK_TOKEN
from sandbox.testing import Bank as SandboxBank


@dataclass(frozen=True)
class World:
    """A bank as our client sees it, and behind it."""

    port: Bank
    bank: FakeBank


@asynccontextmanager
async def on_the_wire(handler: object, token: str = TOKEN) -> AsyncIterator[HttpBank]:
    transport = httpx.MockTransport(handler)  # type: ignore[arg-type]  # an async callable
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url="http://bank", transport=transport, headers=headers) as http:
        yield HttpBank(http, 2.0)


@pytest.fixture(params=["wire", "in memory"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    bank = FakeBank()
    bank.reset()
    if request.param == "in memory":
        yield World(bank, bank)
        return
    async with on_the_wire(StandIn(bank)) as port:
        yield World(port, bank)


def a_batch(*amounts: int) -> Batch:
    items = [
        BatchItem(f"barber.{new_id()}", Cbu(CBUS[at]), Money(minor), new_id().hex[-30:])
        for at, minor in enumerate(amounts)
    ]
    return Batch(BatchId(new_id()), items)


async def sent(world: World, *amounts: int) -> Batch:
    batch = a_batch(*amounts)
    await world.port.send_batch(batch, f"po:{batch.id}")
    return batch


async def test_a_batch_is_taken_and_shown_item_by_item(world: World) -> None:
    batch = await sent(world, 123_450, 1)
    seen = await world.port.batch(batch.id)
    assert [(item.id, seen.items[item.id].status) for item in batch.items] == [
        (item.id, ItemStatus.PENDING) for item in batch.items
    ]
    assert not seen.done


async def test_amounts_arrive_to_the_centavo(world: World) -> None:
    batch = await sent(world, 123_450, 1, 100)
    assert world.bank.batches[batch.id] == batch


async def test_the_same_batch_under_its_key_again_is_one_batch(world: World) -> None:
    batch = await sent(world, 100)
    await world.port.send_batch(batch, f"po:{batch.id}")
    world.bank.execute()
    assert sum(world.bank.paid.values()) == 100


async def test_another_batch_under_the_same_key_is_refused(world: World) -> None:
    batch = await sent(world, 100)
    with pytest.raises(BankRefusedError) as refused:
        await world.port.send_batch(a_batch(100), f"po:{batch.id}")
    assert (refused.value.status, refused.value.code, refused.value.items) == (409, "duplicate", {})


async def test_what_is_wrong_with_items_is_told_by_item_and_nothing_is_taken(world: World) -> None:
    batch = a_batch(100, 200)
    world.bank.refuse[batch.items[1].id] = "invalid_amount"
    with pytest.raises(BankRefusedError) as refused:
        await world.port.send_batch(batch, f"po:{batch.id}")
    assert refused.value.items == {batch.items[1].id: "invalid_amount"}
    with pytest.raises(BankMissingError):
        await world.port.batch(batch.id)


async def test_an_answer_that_was_lost_is_unanswered_though_the_batch_is_there(world: World) -> None:
    world.bank.lose.append("send_batch")
    batch = a_batch(100)
    with pytest.raises(BankUnansweredError):
        await world.port.send_batch(batch, f"po:{batch.id}")
    assert len((await world.port.batch(batch.id)).items) == 1


async def test_too_many_requests_are_not_accepted_and_say_when_to_come_back(world: World) -> None:
    world.bank.fail.append(BankNotAcceptedError("http-429", 7))
    with pytest.raises(BankNotAcceptedError) as refused:
        await world.port.movements(None, 10)
    assert refused.value.retry_after == 7


async def test_ends_and_reasons_are_shown(world: World) -> None:
    batch = await sent(world, 100, 200)
    first, second = (item.id for item in batch.items)
    world.bank.execute(first)
    world.bank.reject("account_closed", second)
    seen = await world.port.batch(batch.id)
    assert (seen.items[first].status, seen.items[second].failure, seen.done) == (
        ItemStatus.EXECUTED,
        "account_closed",
        True,
    )


async def test_movements_are_read_from_where_one_left_off(world: World) -> None:
    first = world.bank.move(MovementKind.TRANSFER_IN, 5_000, reference="seña", origin_cbu=CBUS[0], origin_cuit=CUIT)
    page = await world.port.movements(None, 1)
    second = world.bank.move(MovementKind.MP_WITHDRAWAL, 123_456)
    rest = await world.port.movements(page.next, 100)
    assert [*page.items, *rest.items] == [first, second]
    assert (await world.port.movements(rest.next, 100)).items == []


async def test_the_sandbox_shows_a_clients_transfer_and_what_left_by_hand(sandbox: Sandbox) -> None:
    player = SandboxBank(sandbox.http)
    async with connected_bank(sandbox.url, BANK_TOKEN, 5.0) as port:
        start = await _end_of(port)
        came = await player.receive("1234.50", "bp-7k2m 9qxz", origin_cbu=CBUS[1], origin_cuit=CUIT)
        batch = a_batch(50_000)
        await port.send_batch(batch, f"po:{batch.id}")
        await player.execute(str(batch.id))
        line, left = (await port.movements(start, 10)).items
    assert (line.id, line.kind, line.amount) == (came["id"], MovementKind.TRANSFER_IN, Money(123_450))
    assert (line.reference, line.origin_cbu, line.origin_cuit, line.item) == ("bp-7k2m 9qxz", CBUS[1], CUIT, None)
    assert (left.kind, left.amount, left.item) == (MovementKind.TRANSFER_OUT, Money(-50_000), batch.items[0].id)


async def _end_of(port: Bank) -> str | None:
    """Where the sandbox's account stands now."""
    after, page = None, await port.movements(None, 1000)
    while page.items:
        after, page = page.next, await port.movements(page.next, 1000)
    return after


async def test_an_account_says_whose_it_is(world: World) -> None:
    world.bank.open(CBUS[1], "27103456784", alias="mate.amargo", active=False)
    seen = await world.port.account("mate.amargo")
    assert (seen.cbu, seen.holder, seen.currency, seen.active) == (CBUS[1], "27103456784", "ARS", False)
    with pytest.raises(BankMissingError):
        await world.port.account("nadie.nadie")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx.Response(500), BankUnansweredError),
        (httpx.Response(502, text="<html>"), BankUnansweredError),
        (httpx.Response(302, headers={"Location": "http://elsewhere"}), BankUnansweredError),
        (httpx.Response(200, text="<html>"), BankUnansweredError),
        (httpx.Response(200, json={"lines": []}), BankUnreadableError),
        (httpx.Response(200, json={"items": [], "next": 7}), BankUnreadableError),
        (httpx.Response(200, json={"items": "all"}), BankUnreadableError),
        (httpx.Response(401, json={"code": "unauthorized"}), BankRefusedError),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value.status_code),
)
async def test_what_the_wire_may_bring_is_told_apart(reply: httpx.Response, error: type[Exception]) -> None:
    async def handler(_request: httpx.Request) -> httpx.Response:
        return reply

    async with on_the_wire(handler) as port:
        with pytest.raises(error):
            await port.movements(None, 10)


@pytest.mark.parametrize(("told", "wait"), [("120", 120), ("99999", 3600), ("Fri, 27 Nov 2026 01:00:00 GMT", 0)])
async def test_a_bank_that_is_down_says_when_to_come_back(told: str, wait: int) -> None:
    async def down(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": told})

    async with on_the_wire(down) as port:
        with pytest.raises(BankUnansweredError) as refused:
            await port.movements(None, 10)
    assert refused.value.retry_after == wait


async def test_no_error_quotes_an_account_number() -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no route to {request.url}", request=request)

    async with on_the_wire(handler) as port:
        with pytest.raises(BankNotAcceptedError) as refused:
            await port.account(CBUS[0])
    assert CBUS[0] not in f"{refused.value!r} {refused.value} {refused.value.__cause__}"


async def test_a_reply_without_an_end_is_given_up() -> None:
    async def endless(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b" " * (4 * 1024 * 1024 + 1))

    async with on_the_wire(endless) as port:
        with pytest.raises(BankUnreadableError):
            await port.movements(None, 10)
