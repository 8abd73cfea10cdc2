"""What payments puts on record: money that moved or was to move, and reads of a client's payments by others."""

from services.payments.tests.builders import SCOPE, Booked, Road

from common.audit import SYSTEM, Entry
from common.testing import event, on_record
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from contracts.providers import ProviderRegistered, ProviderStatus
from payments import usecases
from payments.domain.charge import ChargeId

PESOS_1500: dict[str, str | int] = {"minor": 150_000, "currency": "ARS"}


async def owner_of(road: Road, booked: Booked) -> AccountId:
    """Whose shop it is, once payments has heard of it."""
    owner = AccountId(new_id())
    fact = ProviderRegistered(
        version=1,
        provider_id=booked.provider_id,
        owner_account_id=owner,
        display_name="Corte y Confección",
        slug="corte",
        status=ProviderStatus.ACTIVE,
    )
    async with road.uow.begin(SCOPE) as work:
        await usecases.remember_providers(road.context, work, [event(fact)])
    return owner


async def refund(road: Road, booked: Booked, payment_id: PaymentId, minor: int = 150_000) -> RefundId:
    """Booking wants it back, and payments has done what it can."""
    wanted = RefundId(new_id())
    await road.hear_refund_due(booked, payment_id, minor, wanted)
    await road.refund_now()
    return wanted


def captured(payment_id: PaymentId, charge_id: ChargeId) -> Entry:
    return Entry("payment.captured", SYSTEM, payment_id, {"charge": charge_id, **PESOS_1500})


async def test_money_that_came_is_on_record_once_however_often_it_is_seen(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    await road.see_now(charge_id)
    assert await on_record(road.uow, SCOPE, payment_id) == [captured(payment_id, charge_id)]


async def test_a_refund_is_on_record_when_it_is_asked_sent_and_done(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = await refund(road, booked, payment_id)
    money: dict[str, str | int] = {"payment": str(payment_id), **PESOS_1500}
    assert await on_record(road.uow, SCOPE, wanted) == [
        Entry("refund.asked", SYSTEM, wanted, {"origin": "booking", **money}),
        Entry("refund.sent", SYSTEM, wanted, {"charge": charge_id, "try": 1, **money}),
        Entry("refund.done", SYSTEM, wanted, {"charge": charge_id, **money}),
    ]


async def test_each_try_of_a_refund_is_on_record_and_its_end_once(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    road.mercadopago.lose.append("refund")
    wanted = await refund(road, booked, payment_id)
    await road.hurry("refund", "due_at", wanted)
    await road.refund_now()
    found = [(entry.action, entry.detail.get("try")) for entry in await on_record(road.uow, SCOPE, wanted)]
    assert found == [("refund.asked", None), ("refund.sent", 1), ("refund.sent", 2), ("refund.done", None)]


async def test_a_refund_that_is_more_than_was_captured_is_on_record_as_given_up(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await refund(road, booked, payment_id, 150_000)
    wanted = await refund(road, booked, payment_id, 150_001)
    last = (await on_record(road.uow, SCOPE, wanted))[-1]
    assert (last.action, last.detail["status"], last.detail["minor"]) == ("refund.given_up", "blocked", 150_001)


async def test_a_second_payment_and_its_way_back_are_on_record(road: Road) -> None:
    _, payment_id, first = await road.paid()
    second = road.pay(payment_id)
    await road.see_now(second)
    refund_id = (await road.row("SELECT id FROM refund WHERE intent_id = $1", payment_id))["id"]
    assert await on_record(road.uow, SCOPE, payment_id) == [captured(payment_id, first), captured(payment_id, second)]
    assert [entry.detail["origin"] for entry in await on_record(road.uow, SCOPE, refund_id)] == ["surplus"]


async def test_a_read_by_the_owner_or_an_operator_is_on_record_and_the_client_s_is_not(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    owner, operator = await owner_of(road, booked), AccountId(new_id())
    roles = {booked.client_id: "client", owner: "client provider:barber", operator: "operator:*"}
    for account, scope in roles.items():
        headers = road.tokens.bearer(account, scope)
        one = await road.http.get(f"/api/v1/payments/{payment_id}", headers=headers)
        listed = await road.http.get("/api/v1/payments", params={"bookingId": str(booked.id)}, headers=headers)
        assert (one.status_code, listed.status_code) == (200, 200)
    client = {"client": str(booked.client_id)}
    reads = [Entry("payment.read", by, payment_id, client) for by in (owner, operator)]
    assert await on_record(road.uow, SCOPE, payment_id) == [captured(payment_id, charge_id), *reads]
    listed_by = [Entry("payment.listed", by, booked.id, client) for by in (owner, operator)]
    assert await on_record(road.uow, SCOPE, booked.id) == listed_by


async def test_who_is_refused_leaves_nothing_on_record(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    stranger = road.tokens.bearer(AccountId(new_id()))
    assert (await road.http.get(f"/api/v1/payments/{payment_id}", headers=stranger)).status_code == 404
    listed = await road.http.get("/api/v1/payments", params={"bookingId": str(booked.id)}, headers=stranger)
    assert listed.status_code == 404
    assert await on_record(road.uow, SCOPE, payment_id) == [captured(payment_id, charge_id)]
    assert await on_record(road.uow, SCOPE, booked.id) == []


async def test_no_entry_holds_personal_data(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await refund(road, booked, payment_id)
    rows = await road.rows("SELECT e::text AS row FROM audit_entry e")
    assert rows
    # What MercadoPago says of a payer: an address, a name on the card.
    assert [row["row"] for row in rows if any(word in row["row"] for word in ("@", "APRO", "payer"))] == []
