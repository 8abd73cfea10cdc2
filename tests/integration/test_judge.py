"""The judge is judged: for each promise I1-I9, lies that it must find, under the right promise and by the right name.

Real business comes first, judged to be in order; then each lie is told and taken back (tests/town/planting.py, those in
databases are listed in tests/town/lies.py), and in the end everything is judged to be in order again.
"""

# ruff: noqa: S608 - the statements are this file's own

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import pytest
from tests.town.client import BARBER, Call, Json
from tests.town.lie import Lie
from tests.town.lying import told
from tests.town.people import Account
from tests.town.planting import broken, outbox_row, planted, recorded, send
from tests.town.shops import DEPOSIT_PESOS, Shop, open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually
from localstack.stack import Stack
from localstack.verify import judge
from localstack.verify.events import floor_of
from localstack.verify.evidence import Evidence, Sent, gather, sent
from localstack.verify.judge import under_way

pytestmark = ON_STACK
DRAIN_SECONDS: Final = 60.0
CATCH_UP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Business:
    """Bookings of each kind, MercadoPago's payment for the confirmed one, people (all by id), and the evidence of it.

    `cancelled` was called off in time, `late` an hour ahead; `gone` was erased. `by_credit` is the payment of one that
    the client paid with credit, and has some left.
    """

    confirmed: str
    another: str
    held: str
    cancelled: str
    late: str
    charge: str
    client: str
    gone: str
    by_credit: str
    evidence: Evidence

    def tell(self, text: str) -> str:
        """The text with the fields in place of their names."""
        names = (one.name for one in fields(self) if one.name != "evidence")
        return text.format(**{name: getattr(self, name) for name in names})


@pytest.fixture(scope="module")
async def business(town: Town) -> AsyncIterator[Business]:
    """Paid bookings, two of them cancelled and one paid at the second try, and a hold; in order before and after."""
    shop = await open_shop(town, staff=2)
    client, other, gone = [await town.people.client() for _ in range(3)]
    await town.gateway.ask(Call("DELETE", "/api/v1/me", token=gone.token))
    late = await cancel_late(town, client, shop)
    confirmed, charge = await town.buy(client, shop, await shop.slot())
    another = await buy_at_the_second_try(town, other, await town.book(other, shop, await shop.slot()))
    cancelled, _ = await town.buy(client, shop, await shop.slot())
    held = await town.book(other, shop, await shop.slot())
    await cancel(town, client, cancelled)
    by_credit = await buy_with_credit(town, client, shop)
    evidence = await in_order(town)
    bookings = {"confirmed": confirmed, "another": another, "held": held, "cancelled": cancelled, "late": late}
    ids = {name: booking["id"] for name, booking in bookings.items()}
    ids |= {"charge": str(charge["id"]), "client": str(client.id), "gone": str(gone.id), "by_credit": by_credit}
    try:
        yield Business(**ids, evidence=evidence)
    finally:
        await evidence.close()
    await (await in_order(town)).close()


async def buy_at_the_second_try(town: Town, client: Account, booking: Json) -> Json:
    """The first card is rejected, the second is not."""
    payment = await town.begin_payment(client, booking)
    await town.outside.pay(payment, "OTHE")
    await town.outside.pay(payment)
    return await town.until(client, booking, "confirmed")


async def buy_with_credit(town: Town, client: Account, shop: Shop) -> str:
    """Some of the credit that an operator gave is left after it."""
    operator = await town.people.operator()
    body = {"clientId": str(client.id), "amount": DEPOSIT_PESOS + 5_000, "reason": "goodwill"}
    await town.gateway.ask(Call("POST", "/api/v1/credits", BARBER, operator.token, body))
    booking = await town.book(client, shop, await shop.slot())
    payment = await town.begin_payment(client, booking, method="credit")
    await town.until(client, booking, "confirmed")
    return str(payment["id"])


async def cancel_late(town: Town, client: Account, shop: Shop) -> Json:
    """An hour ahead by booking's clock: nothing goes back."""
    slot = await shop.slot()
    booking, _ = await town.buy(client, shop, slot)
    async with town.records.clock_of("booking", BARBER) as clock:
        await clock.to(slot.starts_at - datetime.now(UTC) - timedelta(hours=1))
        await cancel(town, client, booking)
    return booking


async def cancel(town: Town, client: Account, booking: Json) -> None:
    await town.gateway.ask(Call("POST", f"/api/v1/bookings/{booking['id']}/cancel", BARBER, client.token))


async def in_order(town: Town) -> Evidence:
    """Judged whole, with nothing to find; the evidence."""
    context = town.stack.context
    verdicts = await asyncio.to_thread(town.stack.run, judge(context, DRAIN_SECONDS))
    assert {one.invariant: one.violations for one in verdicts if not one.kept} == {}
    evidence = await gather(context)
    assert await broken(evidence) == {}
    return evidence


@pytest.mark.parametrize("lie", told())
async def test_the_judge_finds_that(business: Business, lie: Lie) -> None:
    statements = [business.tell(one) for one in lie.statements]
    async with planted(business.evidence, lie.service, lie.schema, *statements) as evidence:
        found = await broken(evidence)
    assert found.keys() == {lie.promise, *lie.also}
    assert business.tell(lie.finding) in "\n".join(found[lie.promise])


@pytest.mark.parametrize(("days", "found"), [(13, True), (16, False)])
async def test_the_judge_finds_a_contact_that_was_never_read_as_long_as_inboxes_remember(
    business: Business, days: int, found: bool
) -> None:
    """A compacted topic keeps its records longer than any inbox keeps their ids."""
    event_id = floor_of(datetime.now(UTC) - timedelta(days=days))
    record = Sent("account.contact", 0, 0, str(uuid4()), event_id, "*")
    evidence = replace(business.evidence, records=[*business.evidence.records, record])
    assert any(f"event {event_id} was never applied" in one for one in (await broken(evidence)).get("I6", ())) is found


async def test_the_judge_finds_money_that_went_back_without_our_knowing(business: Business) -> None:
    where = f"WHERE id = {business.charge}"
    refund = f"SELECT 1, id, amount, 'nobody', created_ms FROM payment {where}"
    async with recorded(
        business.evidence,
        f"UPDATE payment SET refunded = amount, status = 'refunded' {where}; INSERT INTO refund {refund}",
        f"UPDATE payment SET refunded = 0, status = 'approved' {where}; DELETE FROM refund WHERE id = 1",
    ) as evidence:
        found = await broken(evidence)
    assert found.keys() == {"I2", "I3"}
    assert f"confirmed booking {business.confirmed}: 0 held, {DEPOSIT_PESOS * 100} expected" in found["I2"][0]
    assert any("the ledger gave back nothing, MercadoPago 400000 as 1" in one for one in found["I3"])


async def test_the_judge_finds_a_payment_of_another_amount_by_one_centavo(business: Business) -> None:
    where = f"WHERE id = {business.charge}"
    async with recorded(
        business.evidence,
        f"UPDATE payment SET amount = amount + 1 {where}",
        f"UPDATE payment SET amount = amount - 1 {where}",
    ) as evidence:
        found = await broken(evidence)
    assert found.keys() == {"I2", "I3"}
    assert f"payment {business.charge}: the ledger took 400000, MercadoPago 400001" in found["I3"]


async def test_the_judge_finds_a_payment_that_stands_otherwise_at_mercadopago(business: Business) -> None:
    where = f"WHERE id = {business.charge}"
    async with recorded(
        business.evidence,
        f"UPDATE payment SET status = 'cancelled' {where}",
        f"UPDATE payment SET status = 'approved' {where}",
    ) as evidence:
        found = await broken(evidence)
    assert found.keys() == {"I3"}
    assert f"payment {business.charge}: our charge is ('approved'" in found["I3"][0]


async def test_the_judge_finds_a_payment_that_only_mercadopago_has(business: Business) -> None:
    columns = """preference_id, status, status_detail, amount, refunded, fee, method, method_type, holder, installments,
        description, notification_url, metadata, version, created_ms, updated_ms, approved_ms, expires_ms, release_ms"""
    async with recorded(
        business.evidence,
        f"""INSERT INTO payment (id, external_reference, {columns})
            SELECT 1, 'barber.of nobody', {columns} FROM payment WHERE id = {business.charge}""",
        "DELETE FROM payment WHERE id = 1",
    ) as evidence:
        found = await broken(evidence)
    assert found == {"I3": ("payment 1: the ledger took 0, MercadoPago 400000",)}


async def test_the_judge_takes_too_few_joined_for_the_word_that_a_booking_is_off(business: Business) -> None:
    where = f"WHERE booking_id = '{business.cancelled}' AND template = 'booking_cancelled'"
    told = f"UPDATE notification SET template = 'booking_below_minimum' {where}"
    async with planted(business.evidence, "notifications", "barber", told) as evidence:
        assert await broken(evidence) == {}


async def test_the_judge_finds_a_notification_that_arrived_twice(business: Business) -> None:
    columns = "id, channel, recipient, sender, reference, subject, body, 'twice', created_ms"
    names = "id, channel, recipient, sender, reference, subject, body, content, created_ms"
    first = "WHERE reference IS NOT NULL ORDER BY seq DESC LIMIT 1"
    copied = columns.replace("'twice'", "'{\"twice\": 1}'")
    async with recorded(
        business.evidence,
        f"INSERT INTO message ({names}) SELECT {copied} FROM message {first}",
        "DELETE FROM message WHERE content = '{\"twice\": 1}'",
    ) as evidence:
        found = await broken(evidence)
    assert found.keys() == {"I7"}
    assert "arrived 2 times" in found["I7"][0]


async def test_the_judge_finds_an_aggregates_events_out_of_order_in_kafka(business: Business) -> None:
    context, account, first, second = business.evidence.context, uuid4(), uuid4(), uuid4()
    await send(context, "account.updated", account, [second, first])
    rows = ", ".join(outbox_row(account, one, version) for version, one in enumerate((first, second), 2))
    insert = f"INSERT INTO outbox (topic, key, event_id, sequence, headers, payload) VALUES {rows}"
    gathered = replace(business.evidence, records=await sent(context))
    async with planted(gathered, "identity", "shared", insert) as evidence:
        found = await broken(evidence)
    assert found == {"I5": (f"account.updated {account}: version 2 after 3",)}


async def test_the_judge_finds_an_event_in_kafka_under_another_key(business: Business) -> None:
    context, account, told = business.evidence.context, uuid4(), uuid4()
    await send(context, "account.updated", uuid4(), [told])
    insert = "INSERT INTO outbox (topic, key, event_id, sequence, headers, payload) VALUES "
    gathered = replace(business.evidence, records=await sent(context))
    async with planted(gathered, "identity", "shared", insert + outbox_row(account, told, 1)) as evidence:
        found = await broken(evidence)
    assert found.keys() == {"I5"}
    assert f"event {told} of account.updated {account} is in Kafka as" in found["I5"][0]


async def test_the_judge_finds_a_group_that_is_behind(town: Town, business: Business) -> None:
    evidence = business.evidence
    await quiet(evidence)
    with stopped(town.stack, "analytics-worker"):
        await send(evidence.context, "booking.created", uuid4(), [uuid4()])
        await eventually(lambda: only_analytics_is_behind(evidence), CATCH_UP_SECONDS)
    await quiet(evidence)


async def test_the_judge_finds_an_event_that_waits_in_the_outbox(business: Business) -> None:
    insert = "INSERT INTO outbox (topic, key, event_id, sequence, headers, payload) VALUES "
    row = outbox_row(uuid4(), uuid4(), 1)
    async with planted(business.evidence, "identity", "shared", insert + row) as evidence:
        assert await under_way(evidence) == {"identity/* events": 1}


async def test_the_judge_finds_work_that_is_due(business: Business) -> None:
    due = f"UPDATE booking SET due_at = app_now() WHERE id = '{business.held}'"
    async with planted(business.evidence, "booking", BARBER, due) as evidence:
        assert await under_way(evidence) == {"booking/barber bookings": 1}


@pytest.mark.parametrize(("status", "found"), [("open", {}), ("confirmed", {"payments/barber withdrawals": 1})])
async def test_only_a_withdrawal_that_was_proved_is_work_to_do(
    business: Business, status: str, found: dict[str, int]
) -> None:
    due = f"""
        INSERT INTO withdrawal (id, version, tracking_code, booking_id, channel, marks, slot, status, due_at)
        VALUES ('{uuid4()}', 0, 'ARR-PLANTS', '{uuid4()}', 'email', '{{}}', 0, '{status}', app_now())
    """
    async with planted(business.evidence, "payments", BARBER, due) as evidence:
        assert await under_way(evidence) == found


async def quiet(evidence: Evidence) -> None:
    """Wait until everything that earlier tests put into Kafka has been passed over."""

    async def done() -> bool:
        return not await under_way(evidence)

    await eventually(done, CATCH_UP_SECONDS)


async def only_analytics_is_behind(evidence: Evidence) -> bool:
    return {*await under_way(evidence)} == {"group analytics.barber behind", "group analytics.psychology behind"}


@contextmanager
def stopped(stack: Stack, program: str) -> Iterator[None]:
    """Not dead, not alive, while the block runs."""
    stack.kill(program, signal.SIGSTOP)
    try:
        yield
    finally:
        stack.kill(program, signal.SIGCONT)
