"""The judge's reading of what others wrote down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.errors import KafkaError, NodeNotReadyError, TopicAuthorizationFailedError

from contracts.ids import new_id
from localstack.environment import Context
from localstack.reading import Row
from localstack.verify.accounts import _wrongs
from localstack.verify.bookings import _expected
from localstack.verify.cancellations import Cancellation, may_keep
from localstack.verify.effects import _as_asked, _unlike
from localstack.verify.evidence import Evidence, taken_and_returned
from localstack.verify.judge import MOST_LOOKS, due_rows, look_until_sure
from localstack.verify.money import ledgers_are_sound
from localstack.verify.readers import asked_again
from localstack.verify.verdict import Verdict, verdict


@pytest.mark.parametrize(
    ("left", "returned", "figures"), [(4000, 0, (4000, 0)), (2000, 2000, (4000, 2000)), (0, 4000, (4000, 4000))]
)
def test_a_payment_given_back_was_taken_whole(left: int, returned: int, figures: tuple[int, int]) -> None:
    payment = {"sandbox": {"captured_minor": left, "refunded_minor": returned}}
    assert taken_and_returned(payment) == figures


@pytest.mark.parametrize(
    ("sent_back", "wrong"), [(False, ["the service is over and nobody has earned it"]), (True, [])]
)
def test_late_money_of_a_booking_that_is_over_is_taken_or_sent_back(sent_back: bool, wrong: list[str]) -> None:
    kept = {"captured_minor": 4000, "refunded_minor": 0}
    payment = {"status": "approved", "status_detail": "accredited", "fee_details": [], "sandbox": kept}
    charge = {"surplus": False, "earned": False, "commission_bps": 1000, "vat_bps": 2100, "sent_back": sent_back}
    booked = {"psp_clearing": 4000, "booking_held": -4000}
    assert list(_wrongs(booked, charge, payment, over=True)) == wrong


START = datetime(2026, 11, 20, 15, tzinfo=UTC)
POLICY = json.dumps({"steps": [{"minutes": 720, "percent": 100}, {"minutes": 180, "percent": 50}]})


@pytest.mark.parametrize(
    ("by", "hours", "withdrawn", "kept"),
    [
        ("client", 13, False, 0),
        ("client", 4, False, 150_000),
        ("client", 1, False, 300_000),
        ("client", 1, True, 0),
        ("provider", 1, False, 0),
    ],
)
def test_a_cancelled_booking_keeps_what_its_policy_says_unless_it_was_withdrawn_from(
    by: str, hours: int, withdrawn: bool, kept: int
) -> None:
    booking = {"cancelled_by": by, "policy": POLICY, "starts_at": START, "due_minor": 300_000}
    called_off = Cancellation(START - timedelta(hours=hours), 300_000, 0, withdrawn)
    assert may_keep(booking, called_off) == kept


@pytest.mark.parametrize(("before", "total", "held"), [(0, 0, 150_000), (0, 1000, 149_000), (1000, 1000, 150_000)])
def test_what_others_gave_back_after_a_cancellation_is_not_held(before: int, total: int, held: int) -> None:
    booking = {
        "status": "cancelled",
        "cancelled_by": "client",
        "policy": POLICY,
        "starts_at": START,
        "due_minor": 300_000,
    }
    called_off = Cancellation(START - timedelta(hours=4), 300_000, before, withdrawn=False)
    assert _expected(booking, called_off, total) == held


def test_no_less_than_nothing_is_held_where_others_left_too_little_for_the_policy() -> None:
    booking = {
        "status": "cancelled",
        "cancelled_by": "client",
        "policy": POLICY,
        "starts_at": START,
        "due_minor": 300_000,
    }
    called_off = Cancellation(START - timedelta(hours=4), 300_000, 0, withdrawn=False)
    assert _expected(booking, called_off, 200_000) == 0


def test_a_refund_may_be_of_less_than_was_asked_and_never_of_more_or_of_nothing() -> None:
    less, more, never = new_id(), new_id(), new_id()
    asked = {less: 1500, more: 1500, never: 1500}
    assert sorted(_unlike("refund", asked, _as_asked(asked, {less: 1000, more: 1501}), set())) == [
        f"refund {one}: told was 1500, {done} was done" for one, done in sorted({more: 1501, never: 0}.items())
    ]


def test_what_others_gave_back_of_a_confirmed_booking_is_not_held() -> None:
    booking = {"status": "confirmed", "due_minor": 300_000, "balance_minor": 20_000}
    assert _expected(booking, None, 50_000) == 270_000


class Looks:
    """What each look finds, `broken` or not, and whether something `moved` meanwhile; the last is found for ever."""

    def __init__(self, *found: str) -> None:
        self.left, self.taken = list(found), 0

    async def __call__(self) -> tuple[Sequence[Verdict], bool]:
        self.taken += 1
        found = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        return [verdict("I5", "promise", 1, ["lost"] if "broken" in found else [])], "moved" in found


@pytest.mark.parametrize(
    ("found", "looks", "kept"),
    [
        (["well"], 1, True),
        (["broken", "well"], 2, True),
        (["broken, moved", "broken, moved", "well"], 3, True),
        (["broken, moved", "broken"], 2, False),
        (["broken"], 2, False),
        (["broken, moved"], MOST_LOOKS, False),
    ],
)
async def test_what_seems_broken_is_looked_at_again_while_something_moves(
    found: list[str], looks: int, kept: bool
) -> None:
    look = Looks(*found)
    (one,) = await look_until_sure(look)
    assert (look.taken, one.kept) == (looks, kept)


@dataclass
class Scripted(Evidence):
    """Databases where one query of one scope, known by a part of it, finds something, and all others nothing."""

    where: tuple[str, str] = ("", "")
    part: str = ""

    async def rows(self, service: str, scope: str, query: str, *values: object) -> Sequence[Row]:
        found = (service, scope) == self.where and self.part in query
        if "SELECT count(*)" in query:
            return [{"count": 1 if found else 0}]
        return [{"id": "7", "right_": "UPDATE", "name": "ledger_posting"}] if found else []


@pytest.mark.parametrize("scope", ["*", "barber", "psychology"])
@pytest.mark.parametrize("part", ["HAVING sum", "FROM ledger_transaction WHERE NOT", "has_table_privilege"])
async def test_every_ledger_is_judged_by_itself_the_shared_one_too(context: Context, scope: str, part: str) -> None:
    _, broken = await ledgers_are_sound(Scripted(context, where=("payments", scope), part=part))
    assert [each.split(":")[0] for each in broken] == [scope]


@pytest.mark.parametrize(
    ("scope", "part", "what"),
    [
        ("*", "webhook WHERE due_at", "webhooks"),
        ("*", "bank_movement WHERE due_at", "movements"),
        ("barber", "withdrawal WHERE due_at", "withdrawals"),
        ("barber", "payout_batch WHERE due_at", "batches"),
        ("barber", "dispute WHERE send_due_at", "documents"),
    ],
)
async def test_what_is_due_is_work_under_way(context: Context, scope: str, part: str, what: str) -> None:
    found = await due_rows(Scripted(context, where=("payments", scope), part=part))
    assert found == {f"payments/{scope} {what}": 1}


class Broker:
    """It fails as often as it is told, then answers."""

    def __init__(self, *failures: KafkaError) -> None:
        self.failures = list(failures)

    async def answer(self) -> str:
        if self.failures:
            raise self.failures.pop()
        return "here"


async def test_a_broker_that_has_just_come_back_is_asked_again_a_few_times_and_no_more() -> None:
    assert await asked_again(Broker(*[NodeNotReadyError()] * 3).answer, pause=0) == "here"
    with pytest.raises(NodeNotReadyError):
        await asked_again(Broker(*[NodeNotReadyError()] * 4).answer, pause=0)
    with pytest.raises(TopicAuthorizationFailedError):
        await asked_again(Broker(TopicAuthorizationFailedError()).answer, pause=0)
