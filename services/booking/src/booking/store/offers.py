"""The read model of what providers offer, fed by their events, and what is taken of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import text

from booking.domain.calendar import Claim, Span
from booking.domain.offer import Deposit, DepositKind, Hours, Offer, Place, Resource, Schedule
from common.db import Session, Statement, statement
from common.money import Money
from contracts.base import Fact
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ServiceId, StaffId
from contracts.providers import ProviderFact, SchedulePublished, ServicePublished

_SELECT_OFFER: Final = """
    SELECT provider.state AS provider, service.state AS service, provider.owner_id, app_now() AS now,
           ARRAY(SELECT schedule.state FROM schedule WHERE schedule.provider_id = provider.id) AS schedules
"""
_FROM_OFFER: Final = "FROM service JOIN provider ON provider.id = service.provider_id WHERE service.id = :service_id"

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


@dataclass(frozen=True, slots=True)
class Opening:
    """An offer with what a new hold needs to know: the transaction's instant and the client's open holds."""

    offer: Offer
    now: datetime
    hold_numbers: Sequence[int]


async def find_offer(session: Session, service_id: ServiceId) -> tuple[Offer, datetime] | None:
    """The offer and `app_now()`; None for a service we have not heard of."""
    row = await session.one(FIND_OFFER, service_id=service_id)
    return None if row is None else (_offer(row), row["now"])


async def find_opening(session: Session, service_id: ServiceId, client_id: AccountId) -> Opening | None:
    """The same with the client's open holds, in one round trip."""
    row = await session.one(FIND_OPENING, service_id=service_id, client_id=client_id)
    return None if row is None else Opening(_offer(row), row["now"], row["hold_numbers"])


async def find_claims(session: Session, offer: Offer, during: Span) -> Mapping[UUID, Sequence[Claim]]:
    """What is taken of the offer's staff and things in a span, by resource."""
    resources = {schedule.staff_id for schedule in offer.schedules} | {
        resource.id for place in offer.places.values() for resource in place.resources if resource.kind in offer.needs
    }
    rows = await session.all(FIND_CLAIMS, resources=list(resources), during=asyncpg.Range(during.start, during.end))
    taken: dict[UUID, list[Claim]] = {}
    for row in rows:
        claim = Claim(row["resource"], row["unit"], Span(row["during"].lower, row["during"].upper))
        taken.setdefault(claim.resource, []).append(claim)
    return taken


async def upsert_providers(session: Session, facts: Sequence[ProviderFact]) -> None:
    """Keep each provider's newest state."""
    await _upsert(session, UPSERT_PROVIDERS, facts, [fact.owner_account_id for fact in facts])


async def upsert_services(session: Session, facts: Sequence[ServicePublished]) -> None:
    """Keep each service's newest state."""
    await _upsert(session, UPSERT_SERVICES, facts, [fact.provider_id for fact in facts])


async def upsert_schedules(session: Session, facts: Sequence[SchedulePublished]) -> None:
    """Keep each schedule's newest state."""
    await _upsert(session, UPSERT_SCHEDULES, facts, [fact.provider_id for fact in facts])


async def _upsert(session: Session, how: Statement, facts: Sequence[Fact], related: Sequence[UUID]) -> None:
    await session.run(
        how,
        ids=[fact.subject for fact in facts],
        versions=[fact.version for fact in facts],
        related=related,
        states=[fact.model_dump(mode="json") for fact in facts],
    )


def _offer(row: Mapping[str, Any]) -> Offer:
    provider, service = row["provider"], row["service"]
    # Whoever was dismissed is only taken off the provider's list: services and hours may still name them.
    attends = {(one["staff_id"], place_id) for one in provider["staff"] for place_id in one["place_ids"]}
    staff = set(service["staff_ids"])
    return Offer(
        provider_id=ProviderId(UUID(provider["provider_id"])),
        owner_id=AccountId(row["owner_id"]),
        service_id=ServiceId(UUID(service["service_id"])),
        duration=timedelta(minutes=service["duration_minutes"]),
        buffer_before=timedelta(minutes=service["buffer_before_minutes"]),
        buffer_after=timedelta(minutes=service["buffer_after_minutes"]),
        price=Money(service["price"]["minor"], service["price"]["currency"]),
        deposit=Deposit(DepositKind(service["deposit"]["kind"]), service["deposit"]["value"]),
        needs=service["needs"],
        places={place.id: place for place in map(_place, provider["places"])},
        schedules=[
            _schedule(state)
            for state in row["schedules"]
            if state["staff_id"] in staff and (state["staff_id"], state["place_id"]) in attends
        ],
        bookable=provider["status"] == "active" and service["active"],
        approval=service.get("approval", False),
    )


def _place(state: Mapping[str, Any]) -> Place:
    return Place(
        id=PlaceId(UUID(state["place_id"])),
        city=state["city"],
        province=state["province"],
        zone=ZoneInfo(state["zone"]),
        resources=[
            Resource(ResourceId(UUID(one["resource_id"])), one["kind"], one["capacity"]) for one in state["resources"]
        ],
    )


def _schedule(state: Mapping[str, Any]) -> Schedule:
    return Schedule(
        staff_id=StaffId(UUID(state["staff_id"])),
        place_id=PlaceId(UUID(state["place_id"])),
        weekly=[
            Hours(one["day"], time.fromisoformat(one["start"]), time.fromisoformat(one["end"]))
            for one in state["weekly"]
        ],
        valid_from=date.fromisoformat(state["valid_from"]) if state["valid_from"] else None,
    )
