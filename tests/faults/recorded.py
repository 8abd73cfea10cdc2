"""What became of each request, and how long the platform took to be itself again."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import httpx
from tests.town.client import slug_of

_ANSWERED: Final = 500
_TURNED_AWAY: Final = frozenset({401, 429, 503})
_NOBODY_KNOWS: Final = frozenset({502, 504})
_NO_RULE: Final = frozenset({401, 408, 429})
_NOT_YET: Final = frozenset({"in-progress", "booking-not-visible", "not-confirmed-yet", "tip-too-early"})
# On a busy machine a good answer takes its time; one that takes longer still will not come in time.
_SLOW_SECONDS: Final = 5.0


class Outcome(StrEnum):
    """How one request ended, as its sender saw it."""

    OK = "ok"
    """Answered, a refusal by the rules included."""
    FAIL = "fail"
    """Turned away."""
    UNKNOWN = "unknown"
    """Nobody can tell: the connection broke, or no answer came in time."""
    BROKEN = "broken"
    """An answer that must never be given, whatever fails: 500."""


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt, and the service it was for.

    `began` and `ended` are seconds of the driver's clock; `status` is None without an answer.
    """

    what: str
    service: str
    began: float
    ended: float
    outcome: Outcome
    status: int | None


@dataclass
class Recorded:
    """Every attempt of a run, in the order of their ends. `unsent`: what the driver had no room to send."""

    requests: list[Request] = field(default_factory=list)
    unsent: int = 0
    under_way: list[tuple[float, str]] = field(default_factory=list)
    """When those began that were not answered yet, and what they ask."""

    def begin(self, now: float, what: str) -> None:
        """A request is sent."""
        self.under_way.append((now, what))

    def end(self, request: Request) -> None:
        """It ended, well or badly."""
        self.under_way.remove((request.began, request.what))
        self.requests.append(request)

    def counts(self) -> Counter[Outcome]:
        """How many ended how."""
        return Counter(request.outcome for request in self.requests)

    def broken(self) -> Sequence[Request]:
        """The answers that must never be given."""
        return [request for request in self.requests if request.outcome is Outcome.BROKEN]

    def recovery(self, since: float) -> float:
        """Seconds from `since` until the last request that began later and did not end well; 0 when there is none."""
        bad = [one.ended for one in self.requests if one.began >= since and one.outcome is not Outcome.OK]
        return max((ended - since for ended in bad), default=0.0)

    def asked(self, service: str, since: float, until: float) -> int:
        """How many requests for a service began in this time."""
        return sum(one.service == service and since <= one.began <= until for one in self.requests)

    def unrest(self, since: float, now: float, seconds: float, services: Collection[str]) -> str:
        """What is not well after `since`, empty when it is.

        It is when for so long nothing has ended badly or waited, and every service has answered well in the meantime.
        """
        calm_from = since + self.recovery(since)
        if now - calm_from < seconds:
            return f"requests ended badly {now - calm_from:.1f} s ago"
        if waiting := [what for began, what in self.under_way if since <= began <= now - max(seconds, _SLOW_SECONDS)]:
            return f"{waiting[0]} waits for an answer"
        well = {one.service for one in self.requests if one.began >= calm_from and one.outcome is Outcome.OK}
        silent = sorted(set(services) - well)
        return f"{', '.join(silent)} has not answered" if silent else ""


def outcome_of(answer: httpx.Response | httpx.TransportError) -> Outcome:
    """How a request ended that was answered so, or broke off so."""
    if isinstance(answer, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Outcome.FAIL
    if isinstance(answer, httpx.TransportError) or answer.status_code in _NOBODY_KNOWS:
        return Outcome.UNKNOWN
    if answer.status_code in _TURNED_AWAY:
        return Outcome.FAIL
    return Outcome.OK if answer.status_code < _ANSWERED else Outcome.BROKEN


def is_refused_by_a_rule(answer: httpx.Response) -> bool:
    """Whether asking again is of no use: a 4xx that names a rule. Whatever else comes last is no answer."""
    if not httpx.codes.is_client_error(answer.status_code) or answer.status_code in _NO_RULE:
        return False
    return slug_of(answer) not in _NOT_YET | {""}
