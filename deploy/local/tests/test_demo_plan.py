"""The demo's plan: the same seed gives the same day, the shares hold, and nobody is asked for what cannot be."""

import argparse
from collections import Counter
from random import Random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as some

from localstack.demo.options import add_options
from localstack.demo.outcomes import DAYS, LATE, LEFT_OPEN, SEQUELS, SHARES, Outcome, Sequel, When, apportion
from localstack.demo.people import contact_of, make_people, phone_of
from localstack.demo.places import CITIES
from localstack.demo.plan import MOST, RIVALS, Plan, make_plan
from localstack.demo.shops import BARBER, PSYCHOLOGY

SIZES = (20, 60, 220, MOST)


@pytest.fixture(params=SIZES)
def plan(request: pytest.FixtureRequest) -> Plan:
    """A day of each size."""
    return make_plan(1, request.param)


def test_the_same_seed_and_size_give_the_same_plan() -> None:
    assert make_plan(7, 220) == make_plan(7, 220)


def test_another_seed_gives_another_plan() -> None:
    assert make_plan(7, 220).errands != make_plan(8, 220).errands


def test_the_shares_hold_to_less_than_one_booking(plan: Plan) -> None:
    counts = Counter(errand.outcome for errand in plan.errands)
    for outcome, share in SHARES.items():
        assert abs(counts[outcome] - share * len(plan.errands) / 1000) < 1


def test_the_shares_of_what_becomes_of_approved_bookings_hold_too(plan: Plan) -> None:
    approved = [errand for errand in plan.errands if errand.outcome is Outcome.APPROVED]
    counts = Counter(errand.sequel for errand in approved)
    for sequel, share in SEQUELS.items():
        assert abs(counts[sequel] - share * len(approved) / 1000) < 1


def test_the_usual_day_has_every_outcome_and_every_sequel() -> None:
    plan = make_plan(1, 220)
    assert {errand.outcome for errand in plan.errands} == set(Outcome)
    assert {errand.sequel for errand in plan.errands} == set(Sequel)
    assert {plan.shop_of(errand).vertical for errand in plan.errands} == {BARBER, PSYCHOLOGY}
    assert any(errand.rivals for errand in plan.errands)
    assert any(errand.double_click for errand in plan.errands)


def test_the_usual_day_has_twenty_professionals_in_four_cities_and_seventy_five_clients() -> None:
    plan = make_plan(1, 220)
    assert Counter(shop.vertical for shop in plan.shops) == {BARBER: 17, PSYCHOLOGY: 3}
    assert {shop.city for shop in plan.shops} == set(CITIES)
    assert {len(shop.staff) for shop in plan.shops} == {1, 2, 3}
    assert Counter(person.guest for person in plan.people) == {False: 60, True: 15}
    deposits = {offer.deposit[0] for shop in plan.shops for offer in shop.offers}
    assert deposits == {"none", "fixed", "percent", "whole"}


@pytest.mark.parametrize("seed", range(20))
def test_nobody_leaves_more_holds_behind_than_the_verticals_allow(seed: int) -> None:
    plan = make_plan(seed, 220)
    held = Counter(
        (errand.person, plan.shop_of(errand).vertical) for errand in plan.errands if errand.outcome in LEFT_OPEN
    )
    assert all(count <= (2 if vertical == BARBER else 1) for (_, vertical), count in held.items())


@pytest.mark.parametrize("seed", range(5))
def test_rivals_are_registered_clients_who_hold_nothing(seed: int) -> None:
    plan = make_plan(seed, 220)
    careless = {errand.person for errand in plan.errands if errand.outcome in LEFT_OPEN}
    rivals = [person for errand in plan.errands for person in errand.rivals]
    assert len(set(rivals)) == len(rivals) > 0
    assert len(rivals) % RIVALS == 0
    assert not careless & set(rivals)
    assert not any(plan.people[person].guest for person in rivals)


def test_what_is_due_soon_is_booked_where_it_never_closes(plan: Plan) -> None:
    soon = [errand for errand in plan.errands if errand.when in (When.SOON, When.TODAY)]
    assert all(plan.shop_of(errand).never_closes for errand in soon)


@pytest.mark.parametrize("size", [220, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_nobody_has_more_to_do_in_the_next_days_than_two_sundays_hold(seed: int, size: int) -> None:
    plan = make_plan(seed, size)
    minutes: Counter[int] = Counter()
    for errand in plan.errands:
        if errand.when is When.NEXT_DAYS:
            minutes[errand.shop] += plan.offer_of(errand).minutes
    assert all(taken < 0.8 * DAYS * 60 * plan.shops[number].room for number, taken in minutes.items())


def test_a_booking_with_nothing_due_is_for_a_free_service_and_the_others_are_not(plan: Plan) -> None:
    for errand in plan.errands:
        assert plan.offer_of(errand).is_free_to_book == (errand.outcome is Outcome.NOTHING_DUE)


def test_late_money_comes_where_somebody_else_can_take_the_slot_for_nothing(plan: Plan) -> None:
    for errand in plan.errands:
        if errand.outcome in LATE:
            assert any(offer.is_free_to_book for offer in plan.shop_of(errand).offers)


@given(
    shares=some.dictionaries(some.text(max_size=3), some.integers(1, 1000), min_size=1, max_size=12),
    total=some.integers(0, 5000),
)
def test_apportioned_numbers_add_up_and_are_off_by_less_than_one(shares: dict[str, int], total: int) -> None:
    counts = apportion(shares, total)
    whole = sum(shares.values())
    assert sum(counts.values()) == total
    assert all(abs(counts[key] - share * total / whole) < 1 for key, share in shares.items())


@pytest.mark.parametrize("run", [0, 1, 2**28 - 1])
def test_phones_are_valid_mobiles_that_no_network_gives_out(run: int) -> None:
    for number in (0, 74, 5019):
        phone = phonenumbers.parse(phone_of(run, number))
        assert phonenumbers.is_valid_number(phone)
        assert str(phone.national_number).startswith("9110")


def test_contacts_of_two_runs_have_nothing_in_common() -> None:
    people = make_people(Random(1), 10, 5)
    first, second = ({contact_of(person, run).email for person in people} for run in (1, 2))
    assert not first & second
    phones = [{contact_of(person, run).phone for person in people} - {None} for run in (1, 2)]
    assert not phones[0] & phones[1]
    assert all(email.endswith("@example.com") for email in first)


@pytest.mark.parametrize(
    ("option", "span", "wrong"),
    [("bookings", "20 to 1000", each) for each in ("19", "1001", "-5", "many", "1e2")]
    + [("at-once", "1 to 16", each) for each in ("0", "17", "all")],
)
def test_a_day_that_cannot_be_played_is_refused(
    option: str, span: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--{option}={wrong}"])
    assert f"a number from {span}" in capsys.readouterr().err
