"""What a service is, as data: its composition root fills one of these in, and the processes are built from it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from fastapi import APIRouter

from common.errors import RefusalTable
from common.settings import SHARED, ServiceSettings
from common.subscriptions import Subscription
from common.uow import UnitOfWork, Work
from common.verticals import Verticals
from contracts.base import Fact

S = TypeVar("S", bound=ServiceSettings)
C = TypeVar("C", bound="Context")

Snapshot: TypeAlias = Callable[[Work, UUID], Awaitable[Sequence[Fact]]]
"""The next page (at most 200) of one kind of aggregate with an id above the given one, locked, as facts by id."""


@dataclass(frozen=True)
class Context:
    """What use cases are given. A service that talks to the world adds its clients in a subclass."""

    uow: UnitOfWork
    verticals: Verticals


@dataclass(frozen=True, slots=True)
class Job(Generic[C]):
    """What falls due. `run(context, scope)` does one bounded batch and says how much it did; 0 = nothing is due."""

    name: str
    every_seconds: float
    run: Callable[[C, str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Command(Generic[C]):
    """A command of a service's own: `python -m <service> NAME`. `run` gives the exit status; 2 is for bad arguments."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[C, Namespace], Awaitable[int]]


@dataclass(frozen=True)
class Service(Generic[S, C]):
    """One service. `build` opens the adapters around the context and closes them."""

    name: str
    settings: type[S]
    build: Callable[[S, UnitOfWork, Verticals], AbstractAsyncContextManager[C]]
    migrations: Path
    routers: Sequence[APIRouter] = ()
    refusals: RefusalTable = field(default_factory=dict)
    subscriptions: Sequence[Subscription[C]] = ()
    jobs: Sequence[Job[C]] = ()
    commands: Sequence[Command[C]] = ()
    snapshots: Sequence[Snapshot] = ()
    rebases: Sequence[Callable[[C, str], Awaitable[int]]] = ()
    """What else than the outbox stands on this server's transaction ids, for `rebase`: batch by batch, 0 = done."""
    background: Sequence[Callable[[C], Awaitable[None]]] = ()
    """Tasks of the API process that run until cancelled, e.g. the reader behind a live feed."""
    token_keys: Callable[[C], dict[str, Any]] | None = None
    """The key set, of the service that signs the tokens: fetching its own would wait for itself to be ready."""


def consuming_scopes(scopes: Sequence[str]) -> tuple[str, ...]:
    """The scopes that read events: every vertical, or `*` for a service that has nothing else."""
    return tuple(scope for scope in scopes if scope != SHARED) or tuple(scopes)


def first_id() -> UUID:
    """Below every id: where a snapshot starts."""
    return UUID(int=0)
