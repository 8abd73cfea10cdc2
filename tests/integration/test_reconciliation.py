"""MercadoPago's report says something else than our books: a case, until an operator has seen to it."""

import json
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.town.client import Json
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town
from tests.town.world import cases_about, command, settle

from common.testing import eventually

pytestmark = ON_STACK
PATIENCE: Final = 30
ARGENTINA: Final = ZoneInfo("America/Argentina/Buenos_Aires")
A_DAY: Final = timedelta(days=1)
KIND: Final = "report_amount_differs"


async def test_a_report_that_says_another_amount_is_a_case_until_an_operator_settles_it(town: Town, shop: Shop) -> None:
    operator = await town.people.operator()
    _, charge = await town.buy(await town.people.client(), shop, await shop.slot())
    subject = str(charge["id"])
    async with town.outside.misbehaving(report_wrong_amount=1, report_payment=subject):
        found = await imported(town, charge)
    assert (found["status"], subject in found["subjects"]) == (1, True)
    (case,) = await cases_about(town, operator, subject)
    assert (case["kind"], case["ours"], case["reported"]) == (KIND, DEPOSIT_PESOS, DEPOSIT_PESOS + 1)
    settled = await settle(town, operator, case)
    assert (settled["closedAt"] is not None, settled["settlement"]["outcome"]) == (True, "explained")
    # The same difference again is what was settled, and opens nothing.
    after = await reconciled(town, charge)
    assert after["subjects"] == [one for one in found["subjects"] if one != subject]
    assert after["status"] == (1 if after["subjects"] else 0)
    async with town.outside.misbehaving(error_rate=1, error_kind="500"):
        assert (await command(town, "reconcile", *days(charge)))[0] == 3


async def reconciled(town: Town, charge: Json) -> dict[str, Any]:
    """How the command ended, whether it has the day's report, and which differences it shows."""
    async with town.records.clock_of("payments", "*") as clock:
        await clock.to(A_DAY)
        status, text = await command(town, "reconcile", *days(charge), "--json")
    said = json.loads(text)
    reports = {one["day"]: one["status"] for one in said["reports"]}
    subjects = sorted(one["subject"] for one in said["differences"])
    return {"status": status, "report": reports.get(day_of(charge)), "subjects": subjects}


async def imported(town: Town, charge: Json) -> dict[str, Any]:
    """A day is reported on once it is over, and the report takes a moment to be made."""

    async def is_there() -> dict[str, Any] | None:
        found = await reconciled(town, charge)
        return found if found["report"] == "imported" else None

    return await eventually(is_there, PATIENCE)


def day_of(charge: Json) -> str:
    return str(datetime.fromisoformat(charge["date_approved"]).astimezone(ARGENTINA).date())


def days(charge: Json) -> tuple[str, ...]:
    """The day of the payment, as the command is told it."""
    return ("--from", day_of(charge), "--to", day_of(charge))
