"""The live feed inside one process: who is let in, who is dropped, what is sent, and how it all stops."""

import asyncio

import pytest
from pydantic import ValidationError

from analytics.api.stream import encoded
from analytics.app import SERVICE
from analytics.settings import Settings
from analytics.usecases import Hub, Seats, Stream, open_stream
from analytics.usecases.live import Message, Reader
from common.errors import Busy
from common.testing import Databases, Tokens, api_client, eventually, settings_for

ANALYTICS = "/api/v1/analytics"
Headers = dict[str, str]


def message(number: int) -> Message:
    return Message("booking", {"number": number}, number)


def hub(seats: int = 2, queue: int = 3) -> Hub:
    return Hub("barber", Seats(seats), queue)


async def turns_pass(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def test_a_client_that_lags_behind_is_dropped_with_a_last_event_and_the_others_go_on() -> None:
    followed = hub()
    slow, quick = Stream("barber", followed.join(), ()), Stream("barber", followed.join(), ())
    read: list[Message] = []

    async def follow() -> None:
        async for messages in quick.messages(5):
            read.extend(messages)

    following_quickly = asyncio.create_task(follow())
    for number in range(1, 6):
        followed.send(message(number))
        await eventually(lambda: len(read) == number)  # noqa: B023 - awaited at once
    left = [one async for messages in slow.messages(5) for one in messages]
    following_quickly.cancel()
    assert [(one.kind, one.data, one.last) for one in left] == [("closed", {"reason": "slow"}, True)]
    assert len(followed) == 1


def test_a_message_becomes_a_server_sent_event() -> None:
    assert encoded(message(7)) == b'id: 7\r\nevent: booking\r\ndata: {"number":7}\r\n\r\n'
    assert encoded(Message("closed", {"reason": "slow"})) == b'event: closed\r\ndata: {"reason":"slow"}\r\n\r\n'


def test_a_message_is_encoded_once_for_all_clients() -> None:
    one = message(8)
    assert encoded(one) is encoded(one)


async def test_one_client_too_many_is_told_to_come_back_and_a_leaver_makes_room() -> None:
    followed = hub(seats=1)
    client = followed.join()
    with pytest.raises(Busy):
        followed.join()
    client.leave()
    client.leave()
    assert followed.join() is not client
    with pytest.raises(Busy):
        followed.join()


async def test_the_seats_of_a_process_are_for_all_verticals_together() -> None:
    seats = Seats(2)
    barber, psychology = Hub("barber", seats, 3), Hub("psychology", seats, 3)
    leaver = barber.join()
    psychology.join()
    for full in (barber, psychology):
        with pytest.raises(Busy):
            full.join()
    leaver.leave()
    psychology.join()


async def test_a_dropped_client_keeps_its_seat_until_its_answer_is_through() -> None:
    followed = hub(seats=1, queue=1)
    slow = followed.join()
    followed.send(message(1), message(2))
    assert len(followed) == 0
    with pytest.raises(Busy):
        followed.join()
    slow.leave()
    followed.join()


async def test_full_feeds_leave_room_for_other_requests(
    databases: Databases, tokens: Tokens, as_analyst: Headers
) -> None:
    settings = settings_for(Settings, databases, max_concurrent_requests=4, stream_clients=2)
    async with api_client(SERVICE, settings, tokens) as (client, context):
        streams = [await open_stream(context, vertical, None) for vertical in ("barber", "psychology")]
        third = await client.get(f"{ANALYTICS}/stream", headers=as_analyst)
        elsewhere = await client.get(f"{ANALYTICS}/dashboard", headers=as_analyst)
        for one in streams:
            one.leave()
    assert (third.status_code, elsewhere.status_code) == (503, 200)


@pytest.mark.parametrize(("streams", "requests"), [(101, 200), (100, 199), (1, 1)])
def test_more_feeds_than_half_of_all_requests_are_refused_at_the_start(
    databases: Databases, streams: int, requests: int
) -> None:
    settings_for(Settings, databases, stream_clients=requests // 2 or 1, max_concurrent_requests=max(requests, 2))
    with pytest.raises(ValidationError, match="stream_clients") as refused:
        settings_for(Settings, databases, stream_clients=streams, max_concurrent_requests=requests)
    assert "at least half of max_concurrent_requests" in str(refused.value)


def test_the_usual_number_of_feeds_is_measured_too(databases: Databases) -> None:
    with pytest.raises(ValidationError, match="stream_clients"):
        settings_for(Settings, databases, max_concurrent_requests=150)


@pytest.mark.parametrize("turns", range(5))
async def test_a_follower_cancelled_as_news_arrive_stops(turns: int) -> None:
    followed = hub()
    stream = Stream("barber", followed.join(), ())

    async def follow() -> None:
        async for _ in stream.messages(60):
            pass

    task = asyncio.create_task(follow())
    await turns_pass(3)
    followed.send(message(1))
    await turns_pass(turns)
    await assert_stops(task)


@pytest.mark.parametrize("turns", range(5))
async def test_a_reader_cancelled_as_a_notify_arrives_stops(databases: Databases, turns: int) -> None:
    reader = Reader(databases.dsns["barber"], hub())
    task = asyncio.create_task(reader.run())
    # It pauses, and nothing else runs before the NOTIFY below: only so is the turn a chosen one.
    await eventually(lambda: reader._woken._waiters)
    reader._woken.set()
    await turns_pass(turns)
    await assert_stops(task)


async def assert_stops(task: asyncio.Task[None]) -> None:
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=2)
    if not done:
        task.cancel()
        await asyncio.wait([task], timeout=2)
    assert done
    assert task.cancelled()
