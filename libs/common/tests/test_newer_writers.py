"""Events of a newer version of their writer: what can be read is applied, the rest waits, in order."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from libs.common.tests.test_inbox import Counter, Record, open_topic, parked, seen

from common.dead_letters import replay
from common.inbox import Inbox
from common.service import Context
from common.subscriptions import Subscriptions, react
from common.uow import UnitOfWork
from common.verticals import Verticals
from contracts.booking import BookingConfirmed
from contracts.envelope import decode, headers
from contracts.ids import new_id

GOLDEN: Final = Path(__file__).parents[2] / "contracts" / "tests" / "golden" / "booking.confirmed.v1.json"
Change = Callable[[dict[str, Any]], Any]


def confirmed(offset: int, booking_id: UUID, change: Change = lambda _written: None) -> Record:
    """A published booking.confirmed under a new id, with what a newer writer has changed in its JSON."""
    written = json.loads(GOLDEN.read_bytes())
    written |= {"id": str(new_id()), "subject": str(booking_id)}
    written["data"]["bookingId"] = str(booking_id)
    given = [(name, value.encode()) for name, value in headers(decode(json.dumps(written).encode())).items()]
    change(written)
    return Record(written["type"], offset, str(booking_id).encode(), json.dumps(written).encode(), given)


def new_status(written: dict[str, Any]) -> None:
    written["data"]["status"] = "status_of_the_future"


class Reader:
    """A service with today's contracts that counts the confirmed bookings."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.cluster, self.uow = str(new_id()), uow
        self.context = Context(uow, Verticals({}))
        self.table = Subscriptions([react(BookingConfirmed, Counter().one)])

    async def take(self, *records: Record) -> None:
        await Inbox("toy", "barber", self.context, self.uow, self.table).take(self.cluster, records)

    async def upgrade_and_replay(self) -> None:
        """The new version can read what the old one could not: here, the writer's new value becomes a known one."""
        async with self.uow.begin("barber") as work:
            await work.connection.execute(
                "UPDATE dead_letter SET payload = convert_to(replace(convert_from(payload, 'UTF8'), "
                "'status_of_the_future', 'confirmed'), 'UTF8') WHERE resolved_at IS NULL AND topic = $1",
                BookingConfirmed.topic,
            )
        await replay(self.uow, "barber", self.context, self.table)


@pytest.fixture
async def reader(uow: UnitOfWork) -> Reader:
    made = Reader(uow)
    await open_topic(uow, made.cluster, BookingConfirmed.topic)
    return made


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda written: written["data"].update(fieldOfTheFuture=[1]), id="a field more"),
        pytest.param(lambda written: written["data"]["price"].update(tax={"minor": 1}), id="a field more, deep inside"),
        pytest.param(lambda written: written.update(dataschema="urn:barberpro:booking.confirmed:9"), id="a version"),
        pytest.param(lambda written: written.update(partitionkey="x", specversion="1.1"), id="an attribute more"),
    ],
)
async def test_what_a_newer_writer_says_beyond_what_is_known_is_passed_over(
    uow: UnitOfWork, reader: Reader, change: Change
) -> None:
    booking = new_id()
    await reader.take(confirmed(0, booking, change))
    assert (await seen(uow, booking), await parked(uow, booking)) == (1, [])


async def test_an_event_with_an_unknown_value_waits_with_its_aggregate_while_the_others_go_on(
    uow: UnitOfWork, reader: Reader
) -> None:
    newer, other = new_id(), new_id()
    await reader.take(confirmed(0, newer, new_status), confirmed(1, newer), confirmed(2, other))
    await reader.take(confirmed(3, newer))
    assert (await seen(uow, newer), await seen(uow, other)) == (0, 1)
    behind = "an earlier event of this aggregate is parked"
    assert await parked(uow, newer) == ["1 invalid fields: status", behind, behind]


async def test_after_the_upgrade_what_waited_is_applied_once_and_in_order(uow: UnitOfWork, reader: Reader) -> None:
    newer = new_id()
    sent = confirmed(0, newer, new_status)
    # The relay may repeat it, and a snapshot may too.
    await reader.take(sent, replace(sent, offset=1), confirmed(2, newer))
    await reader.upgrade_and_replay()
    await reader.take(replace(sent, offset=3), confirmed(4, newer))
    assert (await seen(uow, newer), await parked(uow, newer)) == (3, [])
