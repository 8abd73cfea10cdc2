"""The simulation can fail: each of these mistakes, planted from outside, is found within a bounded number of steps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from tests.simulation.run import Simulation, simulated
from tests.simulation.sides import MakeDatabases

from booking.domain.booking import Booking
from booking.usecases import expiry, money, withdrawal
from common import inbox
from contracts.ids import RefundId, new_id
from payments import store
from payments.domain import charge
from payments.domain.charge import Contest
from payments.domain.refund import Refund, RefundOrigin
from payments.store import charges
from payments.usecases import apply, giving_back

MOST_STEPS: Final = 4_000
SEED: Final = 13
Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def simulation(make_service_databases: MakeDatabases) -> Iterator[Simulation]:
    with simulated(make_service_databases) as simulation:
        yield simulation


def inbox_forgets_ids(planted: pytest.MonkeyPatch) -> None:
    async def all_new(_work: object, letters: Sequence[inbox.Letter]) -> Sequence[inbox.Letter]:
        return letters

    planted.setattr(inbox, "_keep_ids", all_new)


def refund_due_is_noted_twice(planted: pytest.MonkeyPatch) -> None:
    """As if what booking asked for once had come under two names."""
    insert = charges.insert_refund

    async def insert_twice(session: Any, refund: Refund) -> bool:
        if refund.origin is RefundOrigin.BOOKING:
            await insert(session, replace(refund, id=RefundId(new_id())))
        return await insert(session, refund)

    planted.setattr(store, "insert_refund", insert_twice)


def what_is_over_is_not_closed(planted: pytest.MonkeyPatch) -> None:
    async def leave(*_: object) -> int:
        return 0

    planted.setattr(store, "close_dead", leave)


def late_money_confirms_without_a_slot(planted: pytest.MonkeyPatch) -> None:
    async def always(*_: object) -> bool:
        return True

    planted.setattr(money, "take_again", always)


def expiry_ignores_a_begun_payment(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(expiry, "_settle", expiry.expire)


def second_payment_is_kept(planted: pytest.MonkeyPatch) -> None:
    async def keep(*_: object) -> None:
        return None

    planted.setattr(apply, "_give_back_surplus", keep)


def one_person_is_enough(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(giving_back, "needs_second_person", lambda *_: False)


def booking_is_not_told_what_people_gave_back(planted: pytest.MonkeyPatch) -> None:
    """It believes to keep what is gone."""
    planted.setattr(money, "_BY_OTHERS", frozenset())


def a_withdrawal_gives_back_by_policy(planted: pytest.MonkeyPatch) -> None:
    """The booking is cancelled, and what was paid stays."""

    async def leave(_work: object, booking: Booking, *_: object) -> Booking:
        return booking

    planted.setattr(withdrawal, "ask_refund", leave)


def a_lost_dispute_is_taken_for_a_won_one(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(charge, "_VERDICTS", {charge.LOST_DETAIL: Contest.WON, charge.WON_DETAIL: Contest.WON})


def a_batch_of_due_holds_fails(planted: pytest.MonkeyPatch) -> None:
    """One by one they are settled all the same: nothing but a line in the log tells of it."""

    async def fail(*_: object) -> int:
        raise LookupError("planted")

    planted.setattr(expiry, "_settle_batch", fail)


def _found(simulation: Simulation, planted: pytest.MonkeyPatch, plant: Plant, found: str) -> None:
    plant(planted)
    with pytest.raises(AssertionError, match=found):
        simulation.run(SEED, MOST_STEPS, shrink=False)


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (a_batch_of_due_holds_fails, r"job.one_by_one: LookupError\('planted'\)"),
    ],
)
def test_a_planted_mistake_is_found(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch, plant: Plant, found: str
) -> None:
    _found(simulation, monkeypatch, plant, found)


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (inbox_forgets_ids, "applied more than once"),
        (late_money_confirms_without_a_slot, "a claim is live=False of a booking that is confirmed|two on one seat"),
        (expiry_ignores_a_begun_payment, "expired before payments answered|a withdrawal is confirmed"),
        (refund_due_is_noted_twice, "refund_exceeds_capture|should keep"),
        (what_is_over_is_not_closed, "an intent is still open"),
        (second_payment_is_kept, "should keep|the provider keeps|held for a booking"),
        (one_person_is_enough, "one person alone gave back too much"),
        (booking_is_not_told_what_people_gave_back, "booking believes"),
        (a_withdrawal_gives_back_by_policy, "a withdrawal is confirmed|booking believes"),
        (a_lost_dispute_is_taken_for_a_won_one, "booked of a payment that left"),
    ],
)
def test_a_planted_mistake_with_money_is_found(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch, plant: Plant, found: str
) -> None:
    _found(simulation, monkeypatch, plant, found)
