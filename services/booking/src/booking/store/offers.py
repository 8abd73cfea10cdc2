"""The read model of what providers offer, fed by their events, and what is taken of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import text

from booking.domain.offer import Offer
from booking.domain.resources import resources_of
from booking.domain.span import Span
from booking.domain.taken import Claim, Taken
from booking.store.reading import offer_of
from common.db import Row, Session, Statement, statement
from common.verticals import Vertical
from contracts.base import Fact
from contracts.ids import AccountId, BookingId, ServiceId
from contracts.providers import ProviderFact, SchedulePublished, ServicePublished, TimeOffPublished

_SELECT_OFFER: Final = """
    SELECT provider.state AS provider, provider.owner_id, app_now() AS now,
           ARRAY(SELECT service.state FROM unnest(CAST(:service_ids AS uuid[])) WITH ORDINALITY AS wanted (id, n)
                 JOIN service ON service.id = wanted.id AND service.provider_id = provider.id
                 ORDER BY n) AS services,
           ARRAY(SELECT schedule.state FROM schedule WHERE schedule.provider_id = provider.id) AS schedules,
           ARRAY(SELECT time_off.state FROM time_off
                 WHERE time_off.provider_id = provider.id AND active AND ends > app_now() - interval '1 day') AS away
"""
_FROM_OFFER: Final = """
    FROM service AS first JOIN provider ON provider.id = first.provider_id
    WHERE first.id = (CAST(:service_ids AS uuid[]))[1]
"""

FIND_OFFER: Final = statement(text(f"{_SELECT_OFFER} {_FROM_OFFER}"))
FIND_OPENING: Final = statement(
    text(f"""
        {_SELECT_OFFER},
        ARRAY(SELECT hold_number FROM booking
              WHERE client_id = :client_id AND status IN ('pending', 'held')) AS hold_numbers
        {_FROM_OFFER}
    """)  # noqa: S608 - constants of this module
)
FIND_CLAIMS: Final = statement(
    text("""
        SELECT resource, unit, during FROM claim
        WHERE live AND resource = ANY (CAST(:resources AS uuid[])) AND during && CAST(:during AS tstzrange)
          AND (CAST(:moving AS uuid) IS NULL OR booking_id IS DISTINCT FROM CAST(:moving AS uuid))
    """)
)
FIND_CLAIMS_OF_SPANS: Final = statement(
    text("""
        SELECT resource, unit, during FROM claim
        WHERE live AND resource = ANY (CAST(:resources AS uuid[])) AND during && CAST(:during AS tstzmultirange)
    """)
)
UPSERT_PROVIDERS: Final = statement(
    text("""
        INSERT INTO provider (id, version, owner_id, state)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:related AS uuid[]),
                             CAST(:states AS jsonb[]))
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, owner_id = excluded.owner_id, state = excluded.state
        WHERE excluded.version > provider.version
    """)
)
UPSERT_SERVICES: Final = statement(
    text("""
        INSERT INTO service (id, version, provider_id, state)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:related AS uuid[]),
                             CAST(:states AS jsonb[]))
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state
        WHERE excluded.version > service.version
    """)
)
UPSERT_SCHEDULES: Final = statement(
    text("""
        INSERT INTO schedule (id, version, provider_id, state)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:related AS uuid[]),
                             CAST(:states AS jsonb[]))
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state
        WHERE excluded.version > schedule.version
    """)
)

UPSERT_TIME_OFF: Final = statement(
    text("""
        INSERT INTO time_off (id, version, provider_id, ends, active, state)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:related AS uuid[]),
                             CAST(:ends AS timestamp[]), CAST(:active AS boolean[]), CAST(:states AS jsonb[]))
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, ends = excluded.ends, active = excluded.active,
                                       state = excluded.state
        WHERE excluded.version > time_off.version
    """)
)


@dataclass(frozen=True, slots=True)
class Opening:
    """An offer with what a new hold needs to know: the transaction's instant and the client's open holds."""

    offer: Offer
    now: datetime
    hold_numbers: Sequence[int]


async def find_offer(
    session: Session, vertical: Vertical, service_ids: Sequence[ServiceId]
) -> tuple[Offer, datetime] | None:
    """The offer and `app_now()`; None where a service is not known, or is another provider's than the first."""
    row = await session.one(FIND_OFFER, service_ids=list(service_ids))
    return _found(row, vertical, service_ids)


async def find_opening(
    session: Session, vertical: Vertical, service_ids: Sequence[ServiceId], client_id: AccountId
) -> Opening | None:
    """The same with the client's open holds, in one round trip."""
    row = await session.one(FIND_OPENING, service_ids=list(service_ids), client_id=client_id)
    found = _found(row, vertical, service_ids)
    return None if row is None or found is None else Opening(*found, row["hold_numbers"])


async def find_taken(
    session: Session, offer: Offer, during: Span, client_id: AccountId | None = None, moving: BookingId | None = None
) -> Taken:
    """What is taken of all that the offer may claim in a span, but for what a booking that is to be moved has."""
    resources = list(resources_of(offer, client_id))
    span = asyncpg.Range(during.start, during.end)
    return _taken(await session.all(FIND_CLAIMS, resources=resources, during=span, moving=moving))


async def find_taken_in(session: Session, offer: Offer, during: Sequence[Span], client_id: AccountId) -> Taken:
    """The same of several spans."""
    resources = list(resources_of(offer, client_id))
    spans = [asyncpg.Range(span.start, span.end) for span in during]
    return _taken(await session.all(FIND_CLAIMS_OF_SPANS, resources=resources, during=spans))


async def upsert_providers(session: Session, facts: Sequence[ProviderFact]) -> None:
    """Keep each provider's newest state."""
    await _upsert(session, UPSERT_PROVIDERS, facts, [fact.owner_account_id for fact in facts])


async def upsert_services(session: Session, facts: Sequence[ServicePublished]) -> None:
    """Keep each service's newest state."""
    await _upsert(session, UPSERT_SERVICES, facts, [fact.provider_id for fact in facts])


async def upsert_schedules(session: Session, facts: Sequence[SchedulePublished]) -> None:
    """Keep each schedule's newest state."""
    await _upsert(session, UPSERT_SCHEDULES, facts, [fact.provider_id for fact in facts])


async def upsert_time_off(session: Session, facts: Sequence[TimeOffPublished]) -> None:
    """Keep the newest state of each time off."""
    await session.run(
        UPSERT_TIME_OFF,
        ids=[fact.subject for fact in facts],
        versions=[fact.version for fact in facts],
        related=[fact.provider_id for fact in facts],
        ends=[fact.ends for fact in facts],
        active=[fact.active for fact in facts],
        states=[fact.model_dump(mode="json") for fact in facts],
    )


async def _upsert(session: Session, how: Statement, facts: Sequence[Fact], related: Sequence[UUID]) -> None:
    await session.run(
        how,
        ids=[fact.subject for fact in facts],
        versions=[fact.version for fact in facts],
        related=related,
        states=[fact.model_dump(mode="json") for fact in facts],
    )


def _taken(rows: Sequence[Row]) -> Taken:
    return Taken(Claim(row["resource"], row["unit"], Span(row["during"].lower, row["during"].upper)) for row in rows)


def _found(
    row: Mapping[str, Any] | None, vertical: Vertical, service_ids: Sequence[ServiceId]
) -> tuple[Offer, datetime] | None:
    if row is None or len(row["services"]) != len(service_ids):
        return None
    return offer_of(row, vertical), row["now"]
