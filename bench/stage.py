"""The stack a bench runs on, how much of it runs, and who loads it."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final, TypeVar

from bench.load import Loader, load_process
from bench.orders import Signer
from bench.recording import Recording, booking_on, record_booking
from bench.shops import SLOTS, VERTICAL, Agenda, new_agenda, publish
from common.settings import ServiceSettings
from common.verticals import Verticals, load_verticals
from localstack import supervision
from localstack.certificates import private_key_file
from localstack.environment import TOKEN_AUDIENCE, TOKEN_ISSUER
from localstack.layout import CHECKOUT
from localstack.ports import find_ports
from localstack.progress import Reporter
from localstack.scopes import role
from localstack.stack import Stack

S = TypeVar("S", bound=ServiceSettings)
_FIRST_OFFSET: Final = 7000
_STOP_SECONDS: Final = 30
# More than a service remembers tokens of.
_CLIENTS: Final = 5_000


class Stage:
    """A stack of its own: started piece by piece, with shops that can be booked and a process that books."""

    def __init__(self, stack: Stack, seconds: float, ends: contextlib.ExitStack) -> None:
        self.stack, self.seconds = stack, seconds
        self._ends = ends

    @property
    def reporter(self) -> Reporter:
        """Where progress is shown."""
        return self.stack.reporter

    @property
    def verticals(self) -> Verticals:
        """What booking knows of the niches."""
        return load_verticals(self.stack.verticals)

    def run_exactly(self, programs: Sequence[str]) -> None:
        """Start these and stop every other."""
        running = [name for name, info in self.stack.supervisor.processes().items() if info.runs]
        others = [name for name in running if name not in programs]
        if others:
            supervision.stop_and_wait(self.stack.supervisor, others, _STOP_SECONDS)
        if not self.running(*programs):
            self.stack.up(programs)

    def running(self, *programs: str) -> bool:
        """Whether all of these run."""
        known = self.stack.supervisor.processes()
        return all(name in known and known[name].runs for name in programs)

    def dsn(self, service: str) -> str:
        """The application's role of a service in the vertical that is measured."""
        return self.stack.context.role_dsn(role(service, VERTICAL), service)

    def pids(self, programs: Mapping[str, str]) -> dict[str, int]:
        """The same mapping with a pid in place of each program's name."""
        found = {what: self.stack.pid(program) for what, program in programs.items()}
        return {what: pid for what, pid in found.items() if pid is not None}

    def settings(self, kind: type[S], service: str) -> S:
        """A service's own settings, without the environment."""
        return settings_of(kind, service, self.stack.environment(service))

    @cached_property
    def agenda(self) -> Agenda:
        """Shops that booking has heard of; needs booking's database."""
        agenda = new_agenda()

        async def seed() -> None:
            async with booking_on(self.dsn("booking"), self.verticals) as (context, _):
                await publish(context, agenda)

        with self.reporter.step(f"publishing {len(agenda.shops)} shops with {SLOTS:,} slots"):
            self.stack.run(seed())
        return agenda

    @cached_property
    def recording(self) -> Recording:
        """What a booking asks of the database; it takes the last slot."""
        agenda = self.agenda
        return self.stack.run(record_booking(self.dsn("booking"), self.verticals, agenda, agenda.wish(SLOTS - 1)))

    @cached_property
    def loader(self) -> Loader:
        """The process that books, until the bench ends."""
        key_id = self.stack.context.secrets.signing_key_ids[0]
        key = private_key_file(self.stack.layout.keys, key_id).read_text()
        signer, agenda = Signer(key_id, key, TOKEN_ISSUER, TOKEN_AUDIENCE), self.agenda
        with self.reporter.step(f"minting the tokens of {_CLIENTS:,} clients"):
            return self._ends.enter_context(load_process(agenda, signer, _CLIENTS))


@contextmanager
def staged(seconds: float, reporter: Reporter) -> Iterator[Stage]:
    """An empty stack on free ports; whatever happens, nothing of it is left afterwards."""
    stack = Stack(CHECKOUT / ".local" / "bench-stack", find_ports(_FIRST_OFFSET).offset, reporter=reporter)
    stack.reset()
    try:
        with contextlib.ExitStack() as ends:
            yield Stage(stack, seconds, ends)
    finally:
        with reporter.step("removing the bench's stack"):
            stack.reset()


def settings_of(kind: type[S], service: str, environment: Mapping[str, str]) -> S:
    """Settings made of what the environment of a service's process holds."""
    prefix = f"{service.upper()}_"
    values: dict[str, Any] = {
        name.removeprefix(prefix).lower(): json.loads(value) if value.startswith(("{", "[")) else value
        for name, value in environment.items()
    }
    return kind(**values)
