"""The plan of a day: who books what, and what becomes of it. The same seed and size give the same plan."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from random import Random
from typing import Final

from localstack.demo.outcomes import LATE, LEFT_OPEN, SEQUELS, SHARES, WHEN, Outcome, Sequel, When, apportion
from localstack.demo.people import Person, make_people
from localstack.demo.shops import BARBER, PSYCHOLOGY, Offer, Shop, make_shops

FEWEST, MOST = 20, 1000
_PER_CLIENT: Final = 220 / 60
_PER_GUEST: Final = 220 / 15
_EVERY_PSYCHOLOGY: Final = 3
_EVERY_DOUBLE_CLICK: Final = 15
_EVERY_RACE: Final = 30
RIVALS: Final = 3
# One below what the verticals allow: a client who lets holds run out still books once more.
_MOST_OPEN: Final = {BARBER: 2, PSYCHOLOGY: 1}
_SIMPLE: Final = frozenset({Sequel.KEPT, Sequel.ATTENDED})


@dataclass(frozen=True, slots=True)
class Errand:
    """One booking to be made. `draw` (0 to 1) picks the slot among those that are free."""

    number: int
    person: int
    shop: int
    offer: int
    outcome: Outcome
    sequel: Sequel
    when: When
    draw: float
    double_click: bool = False
    rivals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be tried; what the clock and the others leave free decides the slots."""

    seed: int
    people: tuple[Person, ...]
    shops: tuple[Shop, ...]
    errands: tuple[Errand, ...]

    def shop_of(self, errand: Errand) -> Shop:
        """Where it goes."""
        return self.shops[errand.shop]

    def offer_of(self, errand: Errand) -> Offer:
        """What for."""
        return self.shop_of(errand).offers[errand.offer]


def make_plan(seed: int, bookings: int) -> Plan:
    """Between 20 and 1000 bookings, in the shares of `outcomes`."""
    dice = Random(seed)
    people = make_people(dice, max(10, round(bookings / _PER_CLIENT)), max(3, round(bookings / _PER_GUEST)))
    shops = make_shops(dice)
    fates = list(_fates(bookings))
    dice.shuffle(fates)
    crowds: Counter[tuple[int, When]] = Counter()
    errands = [_errand(dice, shops, crowds, number, *fate) for number, fate in enumerate(fates)]
    errands = _hand_out(dice, people, shops, errands)
    return Plan(seed, people, shops, tuple(_with_troubles(dice, people, shops, errands)))


def _fates(bookings: int) -> Iterator[tuple[Outcome, Sequel]]:
    for outcome, count in apportion(SHARES, bookings).items():
        if outcome is Outcome.APPROVED:
            for sequel, share in apportion(SEQUELS, count).items():
                yield from ((outcome, sequel) for _ in range(share))
        else:
            simple = (Sequel.KEPT,) if outcome in LATE else (Sequel.KEPT, Sequel.ATTENDED)
            yield from ((outcome, sequel) for sequel in islice(cycle(simple), count))


def _errand(
    dice: Random,
    shops: Sequence[Shop],
    crowds: Counter[tuple[int, When]],
    number: int,
    outcome: Outcome,
    sequel: Sequel,
) -> Errand:
    when = WHEN[sequel]
    for_psychology = (
        number % _EVERY_PSYCHOLOGY == 0
        and when is When.LATER
        and outcome is not Outcome.NOTHING_DUE
        and outcome not in LATE
    )
    wanted = PSYCHOLOGY if for_psychology else BARBER
    open_now = when in (When.SOON, When.TODAY)
    possible = [each for each in shops if each.vertical == wanted and (each.never_closes or not open_now)]
    # Nobody goes where everybody goes: on a Sunday a single chair would be full.
    shop = min(possible, key=lambda each: (crowds[each.number, when] / each.room, dice.random()))
    crowds[shop.number, when] += 1
    free = outcome is Outcome.NOTHING_DUE
    offers = [at for at, offer in enumerate(shop.offers) if offer.is_free_to_book == free]
    return Errand(number, 0, shop.number, dice.choice(offers), outcome, sequel, when, dice.random())


def _hand_out(dice: Random, people: Sequence[Person], shops: Sequence[Shop], errands: Sequence[Errand]) -> list[Errand]:
    """Every other person is forgetful and leaves holds behind, as few as allowed; the others do the rest."""
    forgetful = [person.number for person in people if person.number % 2 == 0]
    dice.shuffle(forgetful)
    everybody = [person.number for person in people]
    dice.shuffle(everybody)
    open_holds: Counter[tuple[int, str]] = Counter()
    turns = cycle(everybody)
    handed = []
    for errand in errands:
        vertical = shops[errand.shop].vertical
        if errand.outcome in LEFT_OPEN:
            person = min(forgetful, key=lambda one: (open_holds[one, vertical], open_holds[one, BARBER]))
            open_holds[person, vertical] += 1
        else:
            person = next(turns)
        handed.append(replace(errand, person=person))
    over = [who for who, count in open_holds.items() if count > _MOST_OPEN[who[1]]]
    if over:
        raise ValueError(f"{len(over)} people would hold more than they may")
    return handed


def _with_troubles(
    dice: Random, people: Sequence[Person], shops: Sequence[Shop], errands: Sequence[Errand]
) -> Iterator[Errand]:
    """Some click twice, some want the very slot that others want at that moment."""
    careless = {errand.person for errand in errands if errand.outcome in LEFT_OPEN}
    tidy = [person.number for person in people if not person.guest and person.number not in careless]
    dice.shuffle(tidy)
    races = max(1, len(errands) // _EVERY_RACE)
    for errand in errands:
        raced = races > 0 and len(tidy) > RIVALS and _can_be_raced(errand, shops)
        if raced and errand.person not in careless and not people[errand.person].guest:
            races -= 1
            rivals = [person for person in tidy if person != errand.person][:RIVALS]
            tidy = [person for person in tidy if person not in rivals]
            yield replace(errand, rivals=tuple(rivals))
        else:
            yield replace(errand, double_click=errand.number % _EVERY_DOUBLE_CLICK == 0)


def _can_be_raced(errand: Errand, shops: Sequence[Shop]) -> bool:
    """Whoever wins goes on in its place, so it must be a plain one."""
    plain = errand.outcome is Outcome.APPROVED and errand.sequel in _SIMPLE
    return plain and shops[errand.shop].vertical == BARBER
