"""What people do is decided by the seed, and no service is left out."""

from random import Random

from tests.faults.steps import DECK, INSTEAD, SERVICE_OF, deal

from localstack.programs import SERVICES


def dealt(seed: int, cards: int) -> list[str]:
    deck: list[str] = []
    dice = Random(seed)
    return [deal(deck, dice) for _ in range(cards)]


def test_a_seed_deals_the_same_steps_again() -> None:
    assert dealt(7, 100) == dealt(7, 100)
    assert dealt(7, 100) != dealt(8, 100)


def test_each_deal_of_the_deck_asks_every_service_twice() -> None:
    asked = [SERVICE_OF[name] for name in dealt(7, len(DECK))]
    assert all(asked.count(service) >= 2 for service in SERVICES)


def test_where_there_is_nothing_to_do_the_same_service_is_asked() -> None:
    assert all(SERVICE_OF[name] == SERVICE_OF[other] for name, others in INSTEAD.items() for other in others)
