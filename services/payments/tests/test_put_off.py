"""A row that only a newer version of the service can read waits; it holds up nobody else and ends no worker."""

import pytest
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.fake_bank import CBUS
from services.payments.tests.till import Till
from services.payments.tests.withdrawing import ana

from common.settings import SHARED
from contracts.booking import BookingCompleted, BookingStatus
from payments import usecases
from payments.domain.bank import MovementKind

NEW = "of the future"


@pytest.mark.parametrize("table", ["intent", "charge"])
async def test_what_one_unreadable_payment_brought_waits_and_the_others_is_shared_out(road: Road, table: str) -> None:
    ids = []
    for _ in range(2):
        booked, payment_id, charge_id = await road.paid()
        await road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED))
        ids.append({"intent": payment_id, "charge": charge_id})
    unreadable, good = ids
    (was,) = await road.rows(f"SELECT status FROM {table} WHERE id = $1", unreadable[table])  # noqa: S608 - from above
    await road.write(table, "status", unreadable[table], NEW)
    try:
        await usecases.earn_what_is_over(road.context, SCOPE)
        query = "SELECT earned, earn_due_at > app_now() AS waits FROM intent WHERE id = $1"
        (bad,) = await road.rows(query, unreadable["intent"])
        (other,) = await road.rows(query, good["intent"])
        assert ((bad["earned"], bad["waits"]), other["earned"]) == ((False, True), True)
    finally:
        await road.write(table, "status", unreadable[table], was["status"])


async def test_one_unreadable_withdrawal_waits_and_the_others_get_their_codes(road: Road) -> None:
    first, second = await ana(road), await ana(road)
    unreadable, good = await first.ask(), await second.ask()
    await road.write("withdrawal", "channel", unreadable["id"], NEW)
    await usecases.settle_withdrawals(road.context, SCOPE)
    query = "SELECT due_at > app_now() AS waits FROM withdrawal WHERE id = $1"
    (row,) = await road.rows(query, unreadable["id"])
    await road.write("withdrawal", "channel", unreadable["id"], "email")
    assert row["waits"]
    assert await second.code(good) is not None


async def test_one_unreadable_movement_waits_for_its_lease_and_the_others_are_accounted_for(till: Till) -> None:
    unreadable, good = (till.bank.move(MovementKind.MP_WITHDRAWAL, minor) for minor in (1_000, 2_000))
    await usecases.read_bank_movements(till.context, SHARED)
    async with till.road.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE bank_movement SET kind = $2 WHERE id = $1", unreadable.id, NEW)
    await usecases.account_for_movements(till.context, SHARED)
    query = "SELECT status, due_at > app_now() AS waits FROM bank_movement WHERE id = $1"
    (bad,) = await till.road.rows(query, unreadable.id, scope=SHARED)
    (other,) = await till.road.rows(query, good.id, scope=SHARED)
    assert ((bad["status"], bad["waits"]), other["status"]) == (("due", True), "explained")


async def test_one_unreadable_payout_account_waits_for_its_lease_and_the_others_are_checked(till: Till) -> None:
    other = await Till(till.road, till.bank).open(cbu=CBUS[1])
    async with till.road.uow.begin(SCOPE) as work:
        await work.connection.execute(
            "UPDATE payout_account SET status = 'checking', check_due_at = app_now(),"
            " schedule = CASE WHEN provider_id = $1 THEN $3 ELSE schedule END WHERE provider_id = ANY ($2)",
            till.id,
            [till.id, other.id],
            NEW,
        )
    try:
        await usecases.check_payout_accounts(till.context, SCOPE)
        assert (await other.get("payout-account")).json()["status"] == "ready"
    finally:
        async with till.road.uow.begin(SCOPE) as work:
            query = "UPDATE payout_account SET schedule = 'daily', check_due_at = NULL WHERE provider_id = $1"
            await work.connection.execute(query, till.id)
