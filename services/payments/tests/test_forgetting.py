"""What is not needed goes: of an erased owner, once it is paid what there is; a withdrawal that nobody proved."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from services.payments.tests.builders import SCOPE, Road, drain
from services.payments.tests.fake_bank import CBUS, CUIT
from services.payments.tests.till import Till

from common.settings import SHARED
from common.testing import event, on_record
from contracts.identity import AccountErased, AccountKind
from contracts.ids import PaymentId, new_id
from payments import usecases
from payments.domain.bank import MovementKind
from payments.domain.transfer import code_of

EMPTY = ("refused", "erased", "", None, "")


async def erase(till: Till) -> None:
    fact = AccountErased(version=4, account_id=till.owner, kind=AccountKind.REGISTERED, roles=())
    async with till.road.uow.begin(SCOPE) as work:
        await usecases.forget_contact(till.context, work, event(fact, "*"))
    await usecases.make_due_payouts(till.context, SCOPE)


async def account(till: Till) -> tuple[Any, ...]:
    query = "SELECT status, reason, cbu, alias, cuit FROM payout_account WHERE provider_id = $1"
    (row,) = await till.road.rows(query, till.id)
    return tuple(row.values())


async def test_of_an_erased_owner_no_account_is_kept(till: Till) -> None:
    await erase(till)
    assert await account(till) == EMPTY
    await erase(till)
    assert [entry.action for entry in await on_record(till.road.uow, SCOPE, till.id)][-1] == "payout_account.emptied"
    assert (await till.get("payout-account")).json()["cbu"] is None


async def test_what_an_erased_owner_has_earned_is_paid_first_however_little(till: Till) -> None:
    await till.name(minimum=500)
    await till.earn(10_000)
    await erase(till)
    await till.send()
    await till.turn()
    assert (await till.statuses(), (await account(till))[2]) == (["sent"], CBUS[0])
    till.bank.execute()
    await till.send()
    await till.turn()
    assert (await till.statuses(), await account(till)) == (["executed"], EMPTY)


async def test_what_cannot_be_paid_to_an_erased_owner_is_for_a_person(till: Till) -> None:
    await erase(till)
    await till.earn(10_000)
    await till.turn()
    await till.turn()
    assert await till.road.cases(till.id) == ["erased_owner_unpaid"]
    assert await till.statuses() == []


async def test_another_owners_account_stays(till: Till) -> None:
    other = await Till(till.road, till.bank).open(cbu=CBUS[1])
    await erase(till)
    await other.turn()
    assert (await account(other))[:3] == ("ready", None, CBUS[1])


async def test_of_an_old_payout_that_ended_four_digits_are_kept(till: Till) -> None:
    await till.paid()
    await till.earn(10_000)
    await till.turn()
    await till.send()
    await usecases.shorten_bank_data(till.context, SCOPE)
    assert [row["cbu"] for row in await till.payouts()] == [CBUS[0], CBUS[0]]
    async with till.road.uow.begin(SCOPE) as work:
        query = "UPDATE payout SET made_at = app_now() - interval '91 days' WHERE provider_id = $1"
        await work.connection.execute(query, till.id)
    await usecases.shorten_bank_data(till.context, SCOPE)
    await usecases.shorten_bank_data(till.context, SCOPE)
    assert [row["cbu"] for row in await till.payouts()] == [CBUS[0][-4:], CBUS[0]]


async def test_of_an_old_movements_origin_four_digits_are_kept(till: Till) -> None:
    old, new = (till.bank.move(MovementKind.TRANSFER_IN, 5_000, origin_cbu=CBUS[3], origin_cuit=CUIT) for _ in "12")
    await till.look()
    async with till.road.uow.begin(SHARED) as work:
        query = "UPDATE bank_movement SET at = app_now() - interval '181 days' WHERE id = $1"
        await work.connection.execute(query, old.id)
    await usecases.shorten_bank_data(till.context, SHARED)
    await till.look()
    kept = []
    for line in (old, new):
        query = "SELECT origin_cbu, origin_cuit FROM bank_movement WHERE id = $1"
        kept += [tuple(row.values()) for row in await till.road.rows(query, line.id, scope=SHARED)]
    assert kept == [(CBUS[3][-4:], CUIT[-4:]), (CBUS[3], CUIT)]


async def test_of_what_a_payer_wrote_on_an_old_movement_our_references_are_kept(till: Till) -> None:
    code = code_of(PaymentId(new_id()))
    texts = [f"Juana Pérez por corte {code.lower()}", "Juana Pérez", None, "Juana Pérez"]
    old, other, without, new = (
        till.bank.move(MovementKind.TRANSFER_IN, 5_000, **({"reference": text} if text else {})) for text in texts
    )
    await till.look()
    async with till.road.uow.begin(SHARED) as work:
        query = "UPDATE bank_movement SET at = app_now() - interval '181 days' WHERE id = ANY ($1)"
        await work.connection.execute(query, [old.id, other.id, without.id])
    while await usecases.shorten_bank_data(till.context, SHARED):
        pass
    await till.look()
    query = "SELECT reference FROM bank_movement WHERE id = $1"
    kept = [await till.road.rows(query, line.id, scope=SHARED) for line in (old, other, without, new)]
    assert [row["reference"] for (row,) in kept] == [code, None, None, "Juana Pérez"]


async def withdrawn(road: Road, status: str, days: int) -> UUID:
    """A withdrawal that was asked for so long ago."""
    insert = """
        INSERT INTO withdrawal (id, version, tracking_code, booking_id, channel, marks, slot, status, created_at)
        VALUES ($1, 0, 'ARR-FORGET', $1, 'email', '{}', 0, $2, app_now() - make_interval(days => $3))
    """
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute(insert, made := uuid4(), status, days)
    return made


async def test_a_withdrawal_that_nobody_proved_goes_after_a_month_and_no_other_can(road: Road) -> None:
    made = [await withdrawn(road, *each) for each in (("expired", 31), ("expired", 29), ("done", 400))]
    await drain(usecases.forget_withdrawals, road.context, SCOPE)
    left = await road.rows("SELECT id FROM withdrawal WHERE id = ANY ($1)", made)
    assert {row["id"] for row in left} == set(made[1:])
    async with road.uow.begin(SCOPE) as work:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await work.connection.execute("DELETE FROM withdrawal WHERE id = $1", made[2])
