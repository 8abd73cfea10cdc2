"""What every service tells of its audit chains, so that their heads are kept outside the databases they are in."""

from typing import ClassVar, Final
from uuid import UUID, uuid5

from contracts.base import EVERYBODY, Fact

_CHAINS: Final = UUID("6f1d3a52-0c5e-5b1e-9a4e-2f0a6c1b7d38")


class AuditSealed(Fact):
    """How far a chain has come: `version` is the last link's sequence. Its records are kept for ever."""

    topic: ClassVar[str] = "audit.sealed"
    owner: ClassVar[str] = EVERYBODY

    service: str
    scope: str
    """A vertical, or `*`."""
    head: str
    """The last link's hash: SHA-256, 64 hex digits."""

    @property
    def subject(self) -> UUID:
        """One for each service and scope, always the same."""
        return chain_id(self.service, self.scope)

    @property
    def source(self) -> str:
        return self.service


def chain_id(service: str, scope: str) -> UUID:
    """Names a chain."""
    return uuid5(_CHAINS, f"{service} {scope}")


FACTS: Final[tuple[type[Fact], ...]] = (AuditSealed,)
