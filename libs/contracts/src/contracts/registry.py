"""Which facts exist and how their topics are kept."""

from dataclasses import dataclass
from typing import Final

from contracts import (
    analytics,
    audit,
    booking,
    calendar,
    credit,
    identity,
    notifications,
    payments,
    providers,
    series,
    sessions,
    waitlist,
)
from contracts.base import Cleanup, Fact

_MODULES: Final = (
    identity,
    providers,
    booking,
    calendar,
    series,
    sessions,
    waitlist,
    payments,
    credit,
    notifications,
    analytics,
    audit,
)
_COMPACTED: Final = (identity.AccountContact,)
# Compacted, a forged head would replace the true one; aged out, nothing would contradict it.
_KEPT: Final = (audit.AuditSealed,)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it must exist in Kafka."""

    name: str
    owner: str
    cleanup: Cleanup = Cleanup.DELETE
    is_kept: bool = False
    """Its records never age out."""


FACTS: Final[dict[str, type[Fact]]] = {fact.topic: fact for module in _MODULES for fact in module.FACTS}

TOPICS: Final[tuple[Topic, ...]] = tuple(
    Topic(name, fact.owner, Cleanup.COMPACT if fact in _COMPACTED else Cleanup.DELETE, fact in _KEPT)
    for name, fact in sorted(FACTS.items())
)
