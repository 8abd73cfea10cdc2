"""A line of our account that is not as it should be holds up no other: whoever pays us may write what they like."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.payments.tests.fake_bank import CBUS, CUIT
from services.payments.tests.test_bank_port import on_the_wire
from services.payments.tests.till import Till
from services.payments.tests.transferring import Counter

from common.settings import SHARED
from contracts.ids import new_id
from payments import usecases
from payments.usecases import PaymentsContext

CASES = "SELECT subject, times FROM reconciliation_case WHERE kind = 'bank_movement_unreadable' AND id > $1"


@dataclass
class Lines:
    """The bank's account as JSON; `context` reads it."""

    till: Till
    context: PaymentsContext
    shown: list[Any] = field(default_factory=list)
    since: UUID = field(default_factory=new_id)

    def add(self, **changes: Any) -> str:
        line = {
            "id": f"mv-{new_id()}",
            "at": "2026-11-27T01:00:00+00:00",
            "kind": "transfer_in",
            "amount": "1500.00",
            "currency": "ARS",
            "reference": None,
            "origin_cbu": CBUS[3],
            "origin_cuit": CUIT,
            "batch_item": None,
        } | changes
        self.shown.append(line)
        return str(line["id"])

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("after", 0))
        end = min(start + int(request.url.params["limit"]), len(self.shown))
        return httpx.Response(200, content=json.dumps({"items": self.shown[start:end], "next": str(end)}))

    async def look(self) -> None:
        for job in (usecases.read_bank_movements, usecases.match_transfers):
            await job(self.context, SHARED)

    async def kept(self, *ids: str) -> list[str]:
        query = "SELECT id FROM bank_movement WHERE id = ANY ($1)"
        found = {row["id"] for row in await self.till.road.rows(query, list(ids), scope=SHARED)}
        return [each for each in ids if each in found]

    async def cases(self) -> dict[str, int]:
        found = await self.till.road.rows(CASES, self.since, scope=SHARED)
        return {row["subject"]: row["times"] for row in found}


@pytest.fixture
async def lines(till: Till) -> AsyncIterator[Lines]:
    account = Lines(till, till.context)
    async with on_the_wire(account) as port:
        account.context = replace(till.context, bank=port)
        yield account


async def test_one_hopeless_line_is_one_case_and_the_others_of_its_page_are_kept(lines: Lines) -> None:
    good, long = lines.add(), lines.add(reference="x" * 201)
    hopeless = lines.add(amount="a lot")
    for _ in range(2):
        await lines.look()
    assert await lines.kept(good, long, hopeless) == [good, long]
    assert await lines.cases() == {hopeless: 1}
    after = lines.add()
    await lines.look()
    assert (await lines.kept(after), await lines.cases()) == ([after], {hopeless: 1})


async def test_a_line_without_an_id_is_named_by_where_it_stands(lines: Lines) -> None:
    lines.add()
    lines.shown += ["no line", {"id": 7}]
    await lines.look()
    assert await lines.cases() == {f"line {nth} after the first": 1 for nth in (2, 3)}


async def test_a_case_that_was_settled_is_not_opened_again_by_reading_its_line_again(lines: Lines) -> None:
    lines.shown.append({"id": f"mv-{new_id()}"})
    await lines.look()
    async with lines.till.road.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE reconciliation_case SET closed_at = app_now() WHERE id > $1", lines.since)
        await work.connection.execute("UPDATE bank_cursor SET after = NULL")
    await lines.look()
    assert len(await lines.cases()) == 1


@pytest.mark.parametrize("text", ["x" * 5_000, "a\x00b", "\ud800", 12345, {"a": 1}, ["a"], "ñ" * 300])
async def test_whatever_a_payer_writes_the_money_is_kept(lines: Lines, text: object) -> None:
    came = lines.add(reference=text, origin_cbu=text, origin_cuit=text)
    await lines.look()
    assert (await lines.kept(came), await lines.cases()) == ([came], {})


async def test_a_kind_that_is_none_is_of_another_kind(lines: Lines) -> None:
    came = [lines.add(kind=kind) for kind in (None, 7, ["transfer_in"], "tax")]
    await lines.look()
    assert await lines.kept(*came) == came


async def test_our_reference_is_found_at_the_end_of_a_long_text(lines: Lines) -> None:
    _, payment_id, code = await Counter(lines.till).begun()
    lines.add(reference="por el turno del sábado " * 12 + code)
    await lines.look()
    assert await lines.till.road.status(payment_id) == "paid"
