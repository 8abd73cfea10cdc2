"""Services: aggregates of their own, changed while their provider is locked."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, text

from common.db import Session, statement
from common.money import Money
from contracts.ids import ProviderId, ServiceId
from providers.domain.naming import fold
from providers.domain.parts import ResourceKind
from providers.domain.service import Deposit, DepositKind, Service
from providers.domain.terms import Caps, LaterPrice, Segment, Timing
from providers.store.tables import SERVICE

_FIND_SERVICES: Final = statement(text("SELECT * FROM service WHERE provider_id = :provider_id ORDER BY id"))
_LOCK_SERVICE: Final = statement(text("SELECT * FROM service WHERE id = :id AND provider_id = :provider_id FOR UPDATE"))
_LOCK_SERVICES: Final = statement(text("SELECT * FROM service WHERE id > :after ORDER BY id LIMIT :most FOR UPDATE"))
_COUNT_SERVICES: Final = statement(text("SELECT count(*) FROM service WHERE provider_id = :provider_id"))
_INSERT_SERVICE: Final = statement(
    insert(SERVICE).values({one.name: bindparam(one.name) for one in SERVICE.columns if one.name != "created_at"})
)
_UPDATE_SERVICE: Final = statement(
    text("""
        UPDATE service SET name = :name, search_text = :search_text, duration_minutes = :duration_minutes,
               buffer_before_minutes = :buffer_before_minutes, buffer_after_minutes = :buffer_after_minutes,
               price_minor = :price_minor, currency = :currency, deposit_kind = :deposit_kind,
               deposit_value = :deposit_value, staff_ids = :staff_ids, needs = :needs, active = :active,
               segments = :segments, prices = :prices, vat_bps = :vat_bps, cap_per_day = :cap_per_day,
               cap_per_client_and_day = :cap_per_client_and_day, step_minutes = :step_minutes,
               minimum_notice_minutes = :minimum_notice_minutes, horizon_days = :horizon_days, approval = :approval,
               version = :version
        WHERE id = :id
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
        **_terms(service),
    }


def _terms(service: Service) -> dict[str, Any]:
    return {
        "segments": [[one.minutes, one.attended] for one in service.segments],
        "prices": [[one.valid_from.isoformat(), one.price.minor] for one in service.prices],
        "vat_bps": service.vat_bps,
        "cap_per_day": service.caps.per_day,
        "cap_per_client_and_day": service.caps.per_client_and_day,
        "step_minutes": service.timing.step_minutes,
        "minimum_notice_minutes": service.timing.minimum_notice_minutes,
        "horizon_days": service.timing.horizon_days,
        "approval": service.approval,
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
        segments=tuple(Segment(minutes, attended) for minutes, attended in row["segments"]),
        prices=tuple(
            LaterPrice(date.fromisoformat(day), Money(minor, row["currency"])) for day, minor in row["prices"]
        ),
        vat_bps=row["vat_bps"],
        caps=Caps(row["cap_per_day"], row["cap_per_client_and_day"]),
        timing=Timing(row["step_minutes"], row["minimum_notice_minutes"], row["horizon_days"]),
        approval=row["approval"],
    )
