"""Keys changed as docs/runbooks/rotate-keys.md says: each program gets its new settings and is replaced under load."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any, Final

import httpx
import psutil
from tests.faults.recorded import Outcome, outcome_of
from tests.faults.rolling import reload_gateway, replace_api
from tests.faults.site import Site
from tests.town.offering import Offering

from common.testing import eventually
from localstack.environment import Context
from localstack.gateway import render_gateway
from localstack.machine import Machine
from localstack.preparation import Preparation
from localstack.prerequisites import Tools, find_haproxy
from localstack.programs import find
from localstack.progress import Reporter
from localstack.secrets import Secrets

Act = Callable[[], Awaitable[str | None]]
"""One thing a client does; what was wrong with it, None when nothing was."""
_AT_ONCE: Final = 30
_GONE_SECONDS: Final = 20.0
_MORE_SECONDS: Final = 60.0


@dataclass
class Rotation:
    """A stack under whose programs the secrets are changed; `secrets` are those that are given out from now on."""

    site: Site
    secrets: Secrets

    @property
    def context(self) -> Context:
        """What settings are made of by now."""
        return replace(self.site.stack.context, secrets=self.secrets)

    def change(self, **secrets: Any) -> None:
        """Nobody is told yet."""
        self.secrets = replace(self.secrets, **secrets)

    async def replace_service(self, service: str) -> None:
        """Its API without a lost request, then its worker."""
        await self.replace_api(service)
        await asyncio.to_thread(self.site.stack.restart, f"{service}-worker")

    async def replace_api(self, service: str) -> None:
        """Only its API; the worker's settings are written all the same, for whenever it starts again."""
        self._write(service)
        await replace_api(self.site, service)

    async def replace_gateway_s_keys(self) -> None:
        """HAProxy reads its configuration again; returns when no process with the former one is left."""
        render_gateway(self.context, find_haproxy(Machine()))
        pid = self.site.stack.pid("gateway")
        assert pid is not None
        master = psutil.Process(pid)
        former = set(master.children())
        await reload_gateway(self.site)
        await eventually(lambda: former.isdisjoint(master.children()), _GONE_SECONDS)

    async def restart(self, *services: str) -> None:
        """Without ceremony: nobody is there any more."""
        for service in services:
            self._write(service)
            for part in ("api", "worker"):
                await asyncio.to_thread(self.site.stack.restart, f"{service}-{part}")

    def _write(self, service: str) -> None:
        programs = [find(f"{service}-{part}") for part in ("api", "worker")]
        Preparation(self.context, Tools(), Reporter(quiet=True)).prepare(programs)


@dataclass
class Steady:
    """A load: acts in turn at a steady pace, whether they end or not."""

    acts: Sequence[Act]
    per_second: float
    done: int = 0
    wrong: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the block runs; then every act begun comes to its end."""
        turns = cycle(self.acts)
        offering = Offering(lambda: self._do(next(turns)), lambda: 1 / self.per_second, _AT_ONCE)
        try:
            async with offering.running():
                yield
        finally:
            self.wrong += [f"the load itself: {error!r}" for error in offering.failed]

    async def more(self, acts: int) -> None:
        """Wait until so many more have ended."""
        until = self.done + acts
        await eventually(lambda: self.done >= until, _MORE_SECONDS)

    async def _do(self, act: Act) -> None:
        try:
            problem = await act()
        except (httpx.TransportError, AssertionError) as error:
            problem = f"{act}: {error!r}"
        self.done += 1
        self.wrong += [problem] if problem is not None else []


def problem_of(answer: httpx.Response, what: str) -> str | None:
    """What is wrong with an answer; a refusal by the rules is none, for who asked was let in."""
    return None if outcome_of(answer) is Outcome.OK else f"{what}: {answer.status_code} {answer.text[:200]}"
