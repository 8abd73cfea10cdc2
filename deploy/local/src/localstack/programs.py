"""The programs of the stack in one table: what they are, in which wave they start, how they stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from localstack.errors import StackError


class Kind(StrEnum):
    """What a program is; decides its command, its environment and how it is asked whether it is ready."""

    POSTGRES = "postgres"
    KAFKA = "kafka"
    SANDBOX = "sandbox"
    API = "api"
    WORKER = "worker"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process.

    `wave`: programs of one wave start together, once the waves before are ready; they stop in the reverse order.
    `ports`: names in the port table, the first is the one that is asked. `stop_seconds`: then it is killed.
    """

    name: str
    kind: Kind
    wave: int
    ports: tuple[str, ...]
    stop_signal: str = "TERM"
    stop_seconds: int = 25
    ready_seconds: int = 180

    @property
    def service(self) -> str | None:
        """The service it belongs to: `booking` for `booking-worker`; None for the rest."""
        return self.name.rpartition("-")[0] if self.kind in (Kind.API, Kind.WORKER) else None


INFRASTRUCTURE, SERVICE, EDGE = 1, 2, 3
SERVICES = ("identity", "providers", "booking", "payments", "notifications", "analytics")


def _of_service(service: str) -> tuple[Program, ...]:
    return (
        Program(f"{service}-api", Kind.API, SERVICE, (f"{service}-api",)),
        Program(f"{service}-worker", Kind.WORKER, SERVICE, (f"{service}-worker",)),
    )


# INT is PostgreSQL's fast shutdown; TERM would wait for every client to leave. USR1 lets HAProxy end its requests.
PROGRAMS: tuple[Program, ...] = (
    Program("postgres", Kind.POSTGRES, INFRASTRUCTURE, ("postgres",), stop_signal="INT", stop_seconds=30),
    Program("kafka", Kind.KAFKA, INFRASTRUCTURE, ("kafka", "kafka-controller"), stop_seconds=20),
    Program("sandbox", Kind.SANDBOX, INFRASTRUCTURE, ("sandbox", "sandbox-smtp"), stop_seconds=10),
    *(program for service in SERVICES for program in _of_service(service)),
    Program(
        "gateway", Kind.GATEWAY, EDGE, ("gateway", "gateway-tls", "gateway-stats"), stop_signal="USR1", stop_seconds=10
    ),
)
BY_NAME = {program.name: program for program in PROGRAMS}


def choose(only: Sequence[str] | None) -> tuple[Program, ...]:
    """The named programs in the table's order, all of them for None; refuses an unknown name."""
    if only is None:
        return PROGRAMS
    for name in only:
        find(name)
    return tuple(program for program in PROGRAMS if program.name in only)


def find(name: str) -> Program:
    """The program called so; refuses an unknown name with the list of known ones."""
    if name not in BY_NAME:
        raise StackError(f"there is no program {name!r}; there are: {', '.join(BY_NAME)}")
    return BY_NAME[name]
