"""Of a batch, each aggregate's newest fact counts, and all readers lock rows in one order."""

from libs.common.tests.builders import activity

from common.subscriptions import newest
from common.testing import event
from contracts.ids import new_id


def test_of_each_aggregate_the_newest_fact_is_kept_whatever_the_order() -> None:
    one, other = new_id(), new_id()
    told = [activity(other, 1), activity(one, 3), activity(one, 2), activity(other, 2)]
    assert newest([event(fact) for fact in told]) == [told[1], told[3]]


def test_a_repeated_version_is_kept_as_it_came_first() -> None:
    first, again = activity(subject := new_id(), 1), activity(subject, 1)
    assert newest([event(first), event(again)]) == [first]
