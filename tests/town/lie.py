"""A lie in a database, and what the judge must say of it."""

from dataclasses import dataclass

from tests.town.client import BARBER


@dataclass(frozen=True, slots=True)
class Lie:
    """Statements in one service's database; which promise must be found broken, what the finding says, what follows."""

    promise: str
    finding: str
    service: str
    statements: tuple[str, ...]
    schema: str = BARBER
    also: tuple[str, ...] = ()


def lie(
    promise: str, finding: str, service: str, *statements: str, schema: str = BARBER, also: tuple[str, ...] = ()
) -> Lie:
    return Lie(promise, finding, service, statements, schema, also)
