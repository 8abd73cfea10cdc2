"""A dead letter that will never be applied is given up by a person, visibly, and stands in nobody's way."""

import subprocess
import sys
from collections.abc import Sequence
from uuid import UUID

import pytest
from libs.common.tests.builders import activity
from libs.common.tests.test_inbox import Counter, open_topic, parked, record, seen

from common.dead_letters import NoSuchDeadLetterError, give_up, replay
from common.inbox import Inbox
from common.service import Context
from common.subscriptions import Subscriptions, react
from common.testing import event
from common.uow import UnitOfWork
from common.verticals import Verticals
from contracts.analytics import ClientActivity
from contracts.ids import new_id


async def letters(uow: UnitOfWork, subject: UUID) -> Sequence[int]:
    """The open dead letters of an aggregate, in order."""
    async with uow.read("barber") as session:
        rows = await session.connection.fetch(
            "SELECT id FROM dead_letter WHERE subject = $1 AND resolved_at IS NULL ORDER BY id", str(subject)
        )
    return [row["id"] for row in rows]


async def test_once_a_dead_letter_is_given_up_the_later_events_of_its_aggregate_are_applied(uow: UnitOfWork) -> None:
    bad, cluster, context = activity(), str(new_id()), Context(uow, Verticals({}))
    counter = Counter(fails_for={bad.subject})
    table = Subscriptions([react(ClientActivity, counter.one)])
    inbox = Inbox("toy", "barber", context, uow, table)
    await open_topic(uow, cluster, ClientActivity.topic)
    await inbox.take(cluster, [record(event(bad), 0), record(event(bad), 1)])
    counter.fails_for.clear()
    first, _behind = await letters(uow, bad.subject)
    await give_up(uow, "barber", first, "sent twice by a test")
    await replay(uow, "barber", context, table)
    await inbox.take(cluster, [record(event(bad), 2)])
    assert (await seen(uow, bad.subject), await parked(uow, bad.subject)) == (2, [])
    async with uow.read("barber") as session:
        reason = await session.connection.fetchval("SELECT reason FROM dead_letter WHERE id = $1", first)
    assert reason == "ZeroDivisionError after 3 attempts; given up: sent twice by a test"


async def test_a_dead_letter_that_is_not_there_cannot_be_given_up(uow: UnitOfWork) -> None:
    with pytest.raises(NoSuchDeadLetterError):
        await give_up(uow, "barber", 0, "nothing")


async def test_a_dead_letter_of_an_unknown_scope_cannot_be_given_up(uow: UnitOfWork) -> None:
    with pytest.raises(NoSuchDeadLetterError):
        await give_up(uow, "astrology", 1, "nothing")


def test_the_command_asks_whose_it_is_and_why() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "booking", "replay", "--discard", "1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "--discard needs --scope and --reason" in ended.stderr
