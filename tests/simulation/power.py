"""Crashes: a process dies just before a commit, or just after one and before whatever comes next."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from common.db import Database
from common.idempotency import Once
from common.uow import UnitOfWork, Work


class Crash(BaseException):
    """The process is gone. No `except Exception` of the product sees it, as none would see a kill -9."""


@dataclass
class Power:
    """Fails in the `left`-th transaction from now; 0 for never. `committed`: just after its commit."""

    left: int = 0
    committed: bool = False

    def fails_now(self) -> bool:
        """Whether this transaction is the one."""
        self.left -= 1
        return self.left == 0

    def restore(self) -> None:
        """No more failures."""
        self.left = 0


class MortalUnitOfWork(UnitOfWork):
    """The real one, on a power supply of the simulation's; `changed` says that something was committed."""

    def __init__(self, service: str, databases: Mapping[str, Database], wake: Callable[[str], None]) -> None:
        super().__init__(service, databases, wake)
        self.pools = tuple(databases.values())
        self.power = Power()
        self.changed = True

    @asynccontextmanager
    async def begin(self, scope: str, once: Once | None = None) -> AsyncIterator[Work]:
        """Commits unless the power fails before."""
        fails = self.power.fails_now()
        async with super().begin(scope, once) as work:
            yield work
            if fails and not self.power.committed:
                raise Crash
        self.changed = True
        if fails:
            raise Crash
