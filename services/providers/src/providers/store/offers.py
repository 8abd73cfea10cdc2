"""Services and weekly hours: aggregates of their own, changed while their provider is locked."""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, text

from common.db import Session, statement
from common.money import Money
from contracts.ids import PlaceId, ProviderId, ScheduleId, ServiceId, StaffId
from providers.domain.naming import fold
from providers.domain.parts import ResourceKind
from providers.domain.schedule import Schedule, Window
from providers.domain.service import Deposit, DepositKind, Service
from providers.store.tables import SERVICE

_FIND_SERVICES: Final = statement(text("SELECT * FROM service WHERE provider_id = :provider_id ORDER BY id"))
_LOCK_SERVICE: Final = statement(text("SELECT * FROM service WHERE id = :id AND provider_id = :provider_id FOR UPDATE"))
_LOCK_SERVICES: Final = statement(text("SELECT * FROM service WHERE id > :after ORDER BY id LIMIT :most FOR UPDATE"))
_COUNT_SERVICES: Final = statement(text("SELECT count(*) FROM service WHERE provider_id = :provider_id"))
_INSERT_SERVICE: Final = statement(
    insert(SERVICE).values(
        {column.name: bindparam(column.name) for column in SERVICE.columns if column.server_default is None}
        | {"active": bindparam("active")}
    )
)
_UPDATE_SERVICE: Final = statement(
    text("""
        UPDATE service SET name = :name, search_text = :search_text, duration_minutes = :duration_minutes,
               buffer_before_minutes = :buffer_before_minutes, buffer_after_minutes = :buffer_after_minutes,
               price_minor = :price_minor, currency = :currency, deposit_kind = :deposit_kind,
               deposit_value = :deposit_value, staff_ids = :staff_ids, needs = :needs, active = :active,
               version = :version
        WHERE id = :id
    """)
)
_FIND_SCHEDULES: Final = statement(
    text("""
        SELECT h.id, h.provider_id, h.staff_id, h.place_id, h.weekly, h.valid_from, h.version
        FROM schedule h JOIN staff s ON s.id = h.staff_id AND s.active AND h.place_id = ANY (s.place_ids)
        WHERE h.provider_id = :provider_id AND h.staff_id = coalesce(CAST(:staff_id AS uuid), h.staff_id)
        ORDER BY h.id
    """)
)
_LOCK_SCHEDULES: Final = statement(text("SELECT * FROM schedule WHERE id > :after ORDER BY id LIMIT :most FOR UPDATE"))
# The row of a member at a place keeps its first id; replacing it locks it, which orders its events.
_REPLACE_SCHEDULE: Final = statement(
    text("""
        INSERT INTO schedule AS h (id, provider_id, staff_id, place_id, weekly, valid_from, version)
        VALUES (:id, :provider_id, :staff_id, :place_id, :weekly, :valid_from, 1)
        ON CONFLICT (staff_id, place_id)
        DO UPDATE SET weekly = excluded.weekly, valid_from = excluded.valid_from, version = h.version + 1
        RETURNING *
    """)
)


async def find_services(session: Session, provider_id: ProviderId) -> list[Service]:
    """All of a provider's, the withdrawn ones too."""
    return [_service(row) for row in await session.all(_FIND_SERVICES, provider_id=provider_id)]


async def lock_service(session: Session, provider_id: ProviderId, service_id: ServiceId) -> Service | None:
    """None when it is not that provider's."""
    row = await session.one(_LOCK_SERVICE, id=service_id, provider_id=provider_id)
    return _service(row) if row else None


async def lock_services_page(session: Session, after: UUID, most: int) -> list[Service]:
    """The next services by id, locked."""
    return [_service(row) for row in await session.all(_LOCK_SERVICES, after=after, most=most)]


async def count_services(session: Session, provider_id: ProviderId) -> int:
    """The withdrawn ones too."""
    return int(await session.value(_COUNT_SERVICES, provider_id=provider_id))


async def insert_service(session: Session, service: Service) -> None:
    """A new one."""
    await session.run(_INSERT_SERVICE, provider_id=service.provider_id, code=service.code, **_offered(service))


async def update_service(session: Session, service: Service) -> None:
    """Everything but its code, under its lock."""
    await session.run(_UPDATE_SERVICE, **_offered(service))


async def find_schedules(session: Session, provider_id: ProviderId, staff_id: StaffId | None = None) -> list[Schedule]:
    """Of those who still attend at the place, or of one of them."""
    rows = await session.all(_FIND_SCHEDULES, provider_id=provider_id, staff_id=staff_id)
    return [_schedule(row) for row in rows]


async def lock_schedules_page(session: Session, after: UUID, most: int) -> list[Schedule]:
    """The next schedules by id, locked."""
    return [_schedule(row) for row in await session.all(_LOCK_SCHEDULES, after=after, most=most)]


async def replace_schedule(session: Session, schedule: Schedule) -> Schedule:
    """As stored: with the id and the version that the member's hours at the place have from now on."""
    row = await session.one(
        _REPLACE_SCHEDULE,
        id=schedule.id,
        provider_id=schedule.provider_id,
        staff_id=schedule.staff_id,
        place_id=schedule.place_id,
        weekly=[[one.day, f"{one.start:%H:%M}", f"{one.end:%H:%M}"] for one in schedule.weekly],
        valid_from=schedule.valid_from,
    )
    assert row is not None  # noqa: S101 - an upsert that returns gives a row
    return _schedule(row)


def _offered(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "name": service.name,
        "search_text": fold(f"{service.name} {service.code}"),
        "duration_minutes": service.duration_minutes,
        "buffer_before_minutes": service.buffer_before_minutes,
        "buffer_after_minutes": service.buffer_after_minutes,
        "price_minor": service.price.minor,
        "currency": service.price.currency,
        "deposit_kind": service.deposit.kind,
        "deposit_value": service.deposit.value,
        "staff_ids": service.staff_ids,
        "needs": service.needs,
        "active": service.active,
        "version": service.version,
    }


def _service(row: Mapping[str, Any]) -> Service:
    return Service(
        id=ServiceId(row["id"]),
        provider_id=ProviderId(row["provider_id"]),
        code=row["code"],
        name=row["name"],
        duration_minutes=row["duration_minutes"],
        buffer_before_minutes=row["buffer_before_minutes"],
        buffer_after_minutes=row["buffer_after_minutes"],
        price=Money(row["price_minor"], row["currency"]),
        deposit=Deposit(DepositKind(row["deposit_kind"]), row["deposit_value"]),
        staff_ids=tuple(row["staff_ids"]),
        needs=tuple(ResourceKind(kind) for kind in row["needs"]),
        active=row["active"],
        version=row["version"],
    )


def _schedule(row: Mapping[str, Any]) -> Schedule:
    return Schedule(
        id=ScheduleId(row["id"]),
        provider_id=ProviderId(row["provider_id"]),
        staff_id=StaffId(row["staff_id"]),
        place_id=PlaceId(row["place_id"]),
        weekly=tuple(
            Window(day, time.fromisoformat(start), time.fromisoformat(end)) for day, start, end in row["weekly"]
        ),
        valid_from=row["valid_from"],
        version=row["version"],
    )


def _window(day: int, start: str, end: str) -> Window:
    return Window(day, time.fromisoformat(start), time.fromisoformat(end))
