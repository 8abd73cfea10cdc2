"""Dead letters: what a reader could not apply and has put aside for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.faults.site import Site
from tests.town.records import NOBODY

from localstack.verify.readers import topics_of

_OPEN: Final = "SELECT id, topic, key, reason FROM dead_letter WHERE resolved_at IS NULL"
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Parked:
    """One that is open. `planted`: it was put there by `poison:events`."""

    service: str
    scope: str
    number: int
    topic: str
    planted: bool
    reason: str


async def parked(site: Site) -> frozenset[Parked]:
    """Every open dead letter of every service."""
    found = []
    for service, scopes in site.stack.scopes.items():
        for scope in scopes:
            rows = await site.town.records.rows(service, scope, _OPEN)
            found += [
                Parked(service, scope, row["id"], row["topic"], row["key"] == NOBODY, row["reason"]) for row in rows
            ]
    return frozenset(found)


def newly_parked(before: frozenset[Parked], after: frozenset[Parked]) -> Iterator[str]:
    """One line for each of the first events that were put aside although nothing was wrong with them."""
    new = sorted((one for one in after - before if not one.planted), key=lambda one: (one.service, one.number))
    for one in new[:SHOWN]:
        yield f"{one.service}/{one.scope}: an event of {one.topic} was parked: {one.reason}"
    if len(new) > SHOWN:
        yield f"{len(new)} events were parked in all"


def readers_of(site: Site, topic: str, vertical: str) -> int:
    """How many consumers read this vertical's records of a topic."""
    readers = ((service, scope, scopes) for service, scopes in site.stack.scopes.items() for scope in scopes)
    return sum(
        topic in topics_of(service, scope, scopes) for service, scope, scopes in readers if scope in (vertical, "*")
    )
