"""A refund by bank transfer counts when two persons say so of the same transfer."""

from services.payments.tests.test_transfers import ask_back
from services.payments.tests.till import Till
from services.payments.tests.transferring import Counter


async def test_two_persons_name_the_same_transfer_or_it_is_not_counted(till: Till) -> None:
    counter = Counter(till)
    booked, payment_id, _ = await counter.paid()
    refund_id = await ask_back(counter, booked, payment_id, 50_000)
    one, other = counter.leave(50_000), counter.leave(50_000)
    await counter.look()
    said = [
        await counter.done(refund_id, line, who)
        for line, who in ((one, counter.first), (other, counter.second), (other, counter.second))
    ]
    assert [each.status_code for each in said] == [200, 200, 409]
    assert (await counter.till.road.refund_status(refund_id), await counter.status(other)) == ("blocked", "suspense")
    assert (await counter.done(refund_id, other, counter.first)).json()["status"] == "done"
    assert [await counter.status(line) for line in (one, other)] == ["suspense", "matched"]
