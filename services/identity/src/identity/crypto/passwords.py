"""Passwords: argon2id in a small thread pool of its own, so that neither the event loop nor the memory runs out."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from common.errors import Busy

T = TypeVar("T")
_SECONDS: Final = 5.0
# OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 iterations, 1 lane.
_ARGON2: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


class Hasher:
    """At most `threads` at work and `most` under way in all; one more is `Busy`."""

    def __init__(self, threads: int, most: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._places = BoundedSemaphore(most)
        self._dummy = _ARGON2.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The encoded hash, with its parameters and salt inside."""
        return await self._work(lambda: _ARGON2.hash(_canonical(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one's. Without a stored one the work is the same, and the answer no."""
        matches = await self._work(lambda: _matches(stored or self._dummy, _canonical(password)))
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return _ARGON2.check_needs_rehash(stored)

    def close(self) -> None:
        """Drop what waits; what runs ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _work(self, job: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Busy
        future = self._pool.submit(job)
        future.add_done_callback(self._leave)
        try:
            # Not `wait_for`: until Python 3.12 it swallows a cancellation that meets the result (bpo-37658).
            async with asyncio.timeout(_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise Busy from None

    def _leave(self, _future: Future[T]) -> None:
        self._places.release()


def _matches(stored: str, password: str) -> bool:
    try:
        return _ARGON2.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _canonical(password: str) -> str:
    """One password, however a keyboard composes its accents (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
