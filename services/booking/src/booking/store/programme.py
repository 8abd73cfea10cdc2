"""Sessions as clients find them: with how many seats are taken, and what one costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from booking.domain.price import Price
from booking.domain.session import GroupSession
from booking.store.reading import price_of
from booking.store.sessions import session_of
from common.db import Session, statement
from contracts.ids import ProviderId, ServiceId, SessionId

_SELECT: Final = """
    SELECT session.*, service.state AS service,
           (SELECT count(*) FROM claim WHERE live AND resource = session.id) AS taken
    FROM session JOIN service ON service.id = session.service_id
"""
_AHEAD: Final = """
    JOIN provider ON provider.id = session.provider_id
    WHERE local_date BETWEEN :first AND :last AND status = 'open' AND starts_at > app_now()
      AND provider.state ->> 'status' = 'active' AND CAST(service.state ->> 'active' AS boolean)
"""
_IN_ORDER: Final = "ORDER BY starts_at, session.id LIMIT :most"
FIND_LISTED: Final = statement(text(f"{_SELECT} WHERE session.id = :id"))
LIST_OF_PROVIDER: Final = statement(text(f"{_SELECT} {_AHEAD} AND session.provider_id = :provider_id {_IN_ORDER}"))
LIST_OF_SERVICE: Final = statement(text(f"{_SELECT} {_AHEAD} AND session.service_id = :service_id {_IN_ORDER}"))


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as clients find it. `price` is the list of its service's prices."""

    session: GroupSession
    taken: int
    price: Price


async def find_listed(session: Session, session_id: SessionId) -> Listed | None:
    """One, whatever became of it."""
    row = await session.one(FIND_LISTED, id=session_id)
    return None if row is None else _listed(row)


async def list_of_provider(
    session: Session, provider_id: ProviderId, first: date, last: date, most: int
) -> Sequence[Listed]:
    """Those of a provider that are open and still to come, by their start, over local days."""
    days = {"first": first, "last": last, "most": most}
    return [_listed(row) for row in await session.all(LIST_OF_PROVIDER, provider_id=provider_id, **days)]


async def list_of_service(
    session: Session, service_id: ServiceId, first: date, last: date, most: int
) -> Sequence[Listed]:
    """Those of one service."""
    days = {"first": first, "last": last, "most": most}
    return [_listed(row) for row in await session.all(LIST_OF_SERVICE, service_id=service_id, **days)]


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(session_of(row), row["taken"], price_of(row["service"]))
