"""Webhooks as bytes, signed as MercadoPago signs them, and the process that sends them."""

import hmac
import json
import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Any, Final
from uuid import uuid4

import uvloop

from bench.load import Load, Outcome, Run
from payments.settings import WEBHOOK_PATH

_FIRST_PAYMENT: Final = 700_000_000_000
_ANSWER_SECONDS: Final = 120.0


@dataclass
class Notices:
    """Notifications about these, each (payment, request id); when there are none left, about payments nobody has."""

    secret: str = field(repr=False)
    wanted: deque[tuple[str, str]] = field(default_factory=deque)
    number: int = _FIRST_PAYMENT

    def next(self) -> bytes:
        """One whole request."""
        if self.wanted:
            payment, request = self.wanted.popleft()
        else:
            self.number += 1
            payment, request = str(self.number), str(uuid4())
        at = str(int(time()))
        manifest = f"id:{payment};request-id:{request};ts:{at};"
        digest = hmac.new(self.secret.encode(), manifest.encode(), sha256).hexdigest()
        body = json.dumps({"type": "payment", "action": "payment.updated", "data": {"id": payment}}).encode()
        head = (
            f"POST {WEBHOOK_PATH}?data.id={payment}&type=payment HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"x-request-id: {request}\r\nx-signature: ts={at},v1={digest}\r\n\r\n"
        )
        return head.encode() + body


class Sender:
    """The process that notifies."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def run(self, load: Load) -> Outcome:
        """Blocks until the load is over."""
        return self._pool.submit(_perform, load).result(load.seconds + _ANSWER_SECONDS)

    def deliver(self, load: Load, notifications: Sequence[tuple[str, str]]) -> Outcome:
        """The same with these."""
        return self._pool.submit(_deliver, load, notifications).result(load.seconds + _ANSWER_SECONDS)


@contextmanager
def sending_process(secret: str) -> Iterator[Sender]:
    """Started when asked."""
    context: Any = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, _prepare, (secret,)) as pool:
        pool.submit(int).result(_ANSWER_SECONDS)
        yield Sender(pool)


_NOTICES: Final[list[Notices]] = []


def _prepare(secret: str) -> None:
    _NOTICES.append(Notices(secret))


def _perform(load: Load) -> Outcome:
    async def run() -> Outcome:
        return await Run(load, _NOTICES[0]).perform()

    outcome: Outcome = uvloop.run(run())
    return outcome


def _deliver(load: Load, notifications: Sequence[tuple[str, str]]) -> Outcome:
    _NOTICES[0].wanted.extend(notifications)
    return _perform(load)
