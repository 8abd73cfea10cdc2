"""Hashing is bounded: what does not fit in the queue is told to come back, and the event loop goes on."""

import asyncio

import pytest

from common.errors import Busy
from identity.crypto.passwords import Hasher


async def test_one_more_than_the_queue_holds_is_told_to_come_back() -> None:
    hasher = Hasher(threads=1, most=3)
    try:
        outcomes = await asyncio.gather(*(hasher.hash("tijera y navaja") for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(outcome, Busy) for outcome in outcomes) == 2
        assert await hasher.verify(await hasher.hash("tijera y navaja"), "tijera y navaja")
    finally:
        hasher.close()


async def test_the_event_loop_turns_while_passwords_are_hashed() -> None:
    hasher = Hasher(threads=2, most=8)
    turns = 0
    try:
        hashing = asyncio.gather(*(hasher.hash("tijera y navaja") for _ in range(4)))
        while not hashing.done():
            turns += 1
            await asyncio.sleep(0)
        await hashing
    finally:
        hasher.close()
    assert turns > 20


async def test_a_cancellation_is_heeded_although_the_hash_was_just_ready() -> None:
    hasher = Hasher(threads=1, most=2)
    hashing = asyncio.create_task(hasher.hash("tijera y navaja"))
    await asyncio.sleep(0)
    # The thread ends while the loop stands still: its answer is there, but whoever waits for it has not been woken.
    hasher._pool.shutdown(wait=True)
    await asyncio.sleep(0)
    hashing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hashing


async def test_without_a_stored_hash_the_answer_is_no() -> None:
    hasher = Hasher(threads=1, most=2)
    try:
        assert not await hasher.verify(None, "tijera y navaja")
        assert not await hasher.verify("not a hash", "tijera y navaja")
    finally:
        hasher.close()


async def test_an_accent_is_the_same_however_it_was_typed() -> None:
    hasher = Hasher(threads=1, most=2)
    try:
        assert await hasher.verify(await hasher.hash("contrasen\u0303a larga"), "contraseña larga")
    finally:
        hasher.close()
