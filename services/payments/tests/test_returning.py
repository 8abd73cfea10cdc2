"""Refunds that people make at the bank, and what becomes of those that they do not make."""

from uuid import UUID

import pytest
from services.payments.tests.builders import SCOPE
from services.payments.tests.test_cases import Office
from services.payments.tests.test_earning import complete
from services.payments.tests.test_transfers import ask_back
from services.payments.tests.till import Till
from services.payments.tests.transferring import Counter

from payments import usecases


@pytest.fixture
async def counter(till: Till) -> Counter:
    return Counter(till)


async def test_a_refund_by_bank_whose_case_is_settled_is_over_and_what_stays_is_earned(counter: Counter) -> None:
    booked, payment_id, _ = await counter.paid()
    road, refund_id = counter.till.road, await ask_back(counter, booked, payment_id, booked.due)
    await complete(road, booked)
    assert await counter.balances(payment_id) == {"bank": booked.due, "booking_held": -booked.due}
    office = Office(road)
    case_id = UUID(await office.case_of(refund_id))
    assert (await office.settle(case_id, "written_off")).status_code == 200
    assert (await office.retry(case_id)).status_code == 409
    assert await road.refund_status(refund_id) == "abandoned"
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert "booking_held" not in await counter.balances(payment_id)
    # Nobody is promised that money any more.
    auth = road.tokens.bearer(counter.first, "operator:barber")
    body = {"reason": "goodwill"}
    assert (await road.http.post(f"/api/v1/payments/{payment_id}/refunds", json=body, headers=auth)).status_code == 201


async def test_a_retry_leaves_a_refund_by_bank_to_people_once_more(counter: Counter) -> None:
    booked, payment_id, _ = await counter.paid()
    road, refund_id = counter.till.road, await ask_back(counter, booked, payment_id, booked.due)
    office = Office(road)
    assert (await office.retry(await office.case_of(refund_id))).status_code == 200
    await road.refund_now()
    assert await road.refund_status(refund_id) == "blocked"
    assert await counter.cases(refund_id, SCOPE) == ["refund_by_bank"]
