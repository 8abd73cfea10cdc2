"""Payers who ask their bank for their money back: one is answered by a document, one wins after the turno."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tests.town.client import BARBER, Call, Json
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town
from tests.town.world import cases_about, complete, disputes_of, settle, standing_of, told

from common.testing import eventually
from sandbox.testing import PDF

pytestmark = ON_STACK
PATIENCE: Final = 30
DEADLINE: Final = timedelta(days=5)
AFTER_THE_GATHERING: Final = timedelta(minutes=11)
"""Documents wait ten minutes for one another."""
NET: Final = DEPOSIT_PESOS * (1 - 0.1 * 1.21)
"""Of the deposit what is the provider's: less the commission of 10 % and the VAT of 21 % on it."""


async def test_a_chargeback_that_is_answered_with_a_document_is_won_and_the_money_stays(town: Town, shop: Shop) -> None:
    client, before = await town.people.client(), await told(town, shop.owner, "dispute_documents_due")
    won = await told(town, shop.owner, "dispute_won")
    booking, charge = await town.buy(client, shop, await shop.slot())
    deadline = datetime.now(UTC).replace(microsecond=0) + DEADLINE
    opened = await disputes_of(town.outside).charge_back(charge["id"], deadline=deadline.isoformat())
    dispute = await eventually(partial(dispute_as, town, shop, opened, "documents_due"), PATIENCE)
    assert (dispute["bookingId"], dispute["amount"]) == (booking["id"], DEPOSIT_PESOS)
    assert datetime.fromisoformat(dispute["deadline"]) == deadline
    await eventually(partial(was_told, town, shop, "dispute_documents_due", before), PATIENCE)
    answer = await upload(town, shop, opened)
    assert answer["documents"] == {"waiting": 1, "accepted": 0, "refused": 0}
    async with town.records.clock_of("payments", BARBER) as clock:
        await clock.to(AFTER_THE_GATHERING)
        await eventually(partial(dispute_as, town, shop, opened, "in_review"), PATIENCE)
    assert (await look(town, shop, opened))["documents"] == {"waiting": 0, "accepted": 1, "refused": 0}
    await disputes_of(town.outside).decide_chargeback(opened["id"], "seller")
    await eventually(partial(dispute_as, town, shop, opened, "won"), PATIENCE)
    await eventually(partial(was_told, town, shop, "dispute_won", won), PATIENCE)
    assert (await payment_of(town, shop, charge))["status"] == "paid"


async def test_a_chargeback_that_is_lost_after_the_turno_takes_what_was_earned_back(town: Town, shop: Shop) -> None:
    client, before = await town.people.client(), await standing_of(town, shop)
    lost = await told(town, shop.owner, "dispute_lost")
    booking, charge = await town.buy(client, shop, await shop.slot())
    await complete(town, shop, booking)
    earned = round(before["payable"] + NET, 2)
    await eventually(partial(is_payable, town, shop, earned), PATIENCE)
    opened = await disputes_of(town.outside).charge_back(charge["id"], documentation_required=False)
    await eventually(partial(dispute_as, town, shop, opened, "opened"), PATIENCE)
    await disputes_of(town.outside).decide_chargeback(opened["id"], "payer")
    await eventually(partial(dispute_as, town, shop, opened, "lost"), PATIENCE)
    await eventually(partial(is_payable, town, shop, before["payable"]), PATIENCE)
    await eventually(partial(was_told, town, shop, "dispute_lost", lost), PATIENCE)
    payment = await payment_of(town, shop, charge)
    assert payment["status"] == "dispute_lost"
    assert len(await town.records.told("payments", BARBER, "payment.dispute_lost", payment["id"])) == 1
    await is_settled(town, charge)


async def dispute_as(town: Town, shop: Shop, opened: Json, status: str) -> Json | None:
    """The dispute in the provider's list, once it stands like this."""
    call = Call("GET", f"/api/v1/providers/{shop.provider_id}/disputes", BARBER, shop.owner.token)
    found = (await town.gateway.ask(call))["items"]
    return next((one for one in found if (one["id"], one["status"]) == (str(opened["id"]), status)), None)


async def look(town: Town, shop: Shop, opened: Json) -> Json:
    return dict(await town.gateway.ask(Call("GET", f"/api/v1/disputes/{opened['id']}", BARBER, shop.owner.token)))


async def upload(town: Town, shop: Shop, opened: Json) -> Json:
    """The provider's receipt, as its app sends it: the body is the file."""
    call = Call("POST", f"/api/v1/disputes/{opened['id']}/documents", BARBER, shop.owner.token)
    headers = town.gateway.headers(call) | {"Content-Type": "application/pdf"}
    taken = await town.gateway.http.post(call.path, content=PDF, headers=headers)
    assert taken.status_code == 202, taken.text
    return dict(taken.json())


async def was_told(town: Town, shop: Shop, template: str, before: int) -> bool:
    return await told(town, shop.owner, template) == before + 1


async def is_payable(town: Town, shop: Shop, pesos: float) -> bool:
    return bool((await standing_of(town, shop))["payable"] == pesos)


async def payment_of(town: Town, shop: Shop, charge: Json) -> Json:
    payment = charge["external_reference"].rpartition(".")[2]
    return dict(await town.gateway.ask(Call("GET", f"/api/v1/payments/{payment}", BARBER, shop.owner.token)))


async def is_settled(town: Town, charge: Json) -> None:
    """What was lost is a case, until an operator has seen to it; the judge leaves out what a person still looks at."""
    operator = await town.people.operator()
    (case,) = await cases_about(town, operator, str(charge["id"]))
    assert case["kind"] == "dispute_lost"
    settled = await settle(town, operator, case, "written_off")
    assert settled["settlement"]["outcome"] == "written_off"
