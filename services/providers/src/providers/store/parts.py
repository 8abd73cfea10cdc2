"""Writing the parts of a provider, under its lock: places, chairs and rooms, staff, licences."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, StaffId
from providers.domain.parts import Licence, Member, Place, Resource

_SAVE_PLACE: Final = statement(
    text("""
        INSERT INTO place (id, provider_id, name, address, city, province, zone, point, open_holidays)
        VALUES (:id, :provider_id, :name, :address, :city, :province, :zone,
                CAST(ST_Point(:lon, :lat, 4326) AS geography), :open_holidays)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, address = excluded.address, city = excluded.city,
               point = excluded.point, open_holidays = excluded.open_holidays
    """)
)
_CLOSE_PLACE: Final = statement(
    text("""
        WITH closed AS (UPDATE place SET active = false WHERE id = :id),
             emptied AS (UPDATE resource SET active = false WHERE place_id = :id)
        UPDATE staff SET place_ids = array_remove(place_ids, :id)
        WHERE provider_id = :provider_id AND :id = ANY (place_ids)
    """)
)
_SAVE_RESOURCE: Final = statement(
    text("""
        INSERT INTO resource (id, provider_id, place_id, kind, name, capacity)
        VALUES (:id, :provider_id, :place_id, :kind, :name, :capacity)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, capacity = excluded.capacity
    """)
)
_REMOVE_RESOURCE: Final = statement(text("UPDATE resource SET active = false WHERE id = :id"))
_SAVE_MEMBER: Final = statement(
    text("""
        INSERT INTO staff (id, provider_id, display_name, place_ids, account_id, weight)
        VALUES (:id, :provider_id, :display_name, :place_ids, :account_id, :weight)
        ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, place_ids = excluded.place_ids,
               account_id = excluded.account_id, weight = excluded.weight
    """)
)
_DISMISS_MEMBER: Final = statement(text("UPDATE staff SET active = false WHERE id = :id"))
_INSERT_LICENCE: Final = statement(
    text("""
        INSERT INTO licence (id, provider_id, profession, jurisdiction, number)
        VALUES (:id, :provider_id, :profession, :jurisdiction, :number)
    """)
)
_VERIFY_LICENCES: Final = statement(
    text("""
        UPDATE licence SET verified_at = :at, verified_by = :by
        WHERE provider_id = :provider_id AND verified_at IS NULL
    """)
)
_FORGET_STAFF: Final = statement(
    text("UPDATE staff SET display_name = NULL, account_id = NULL WHERE account_id = :account")
)
_FORGET_LICENCES: Final = statement(
    text("""
        DELETE FROM licence USING provider p
        WHERE p.id = provider_id AND p.owner_account_id = :account
    """)
)


async def save_place(session: Session, provider_id: ProviderId, place: Place) -> None:
    """A new place, or a known one's name, address, city, point and open holidays."""
    await session.run(
        _SAVE_PLACE,
        id=place.id,
        provider_id=provider_id,
        name=place.name,
        address=place.address,
        city=place.city,
        province=place.province,
        zone=place.zone,
        lat=place.lat,
        lon=place.lon,
        open_holidays=place.open_holidays,
    )


async def close_place(session: Session, provider_id: ProviderId, place_id: PlaceId) -> None:
    """With its chairs and rooms; nobody works there any more."""
    await session.run(_CLOSE_PLACE, id=place_id, provider_id=provider_id)


async def save_resource(session: Session, provider_id: ProviderId, place_id: PlaceId, resource: Resource) -> None:
    """A new chair or room, or a known one's name and capacity."""
    await session.run(
        _SAVE_RESOURCE,
        id=resource.id,
        provider_id=provider_id,
        place_id=place_id,
        kind=resource.kind,
        name=resource.name,
        capacity=resource.capacity,
    )


async def remove_resource(session: Session, resource_id: ResourceId) -> None:
    """Kept, inactive."""
    await session.run(_REMOVE_RESOURCE, id=resource_id)


async def save_member(session: Session, provider_id: ProviderId, member: Member) -> None:
    """Somebody new, or a known one's name, places, account and weight."""
    await session.run(
        _SAVE_MEMBER,
        id=member.id,
        provider_id=provider_id,
        display_name=member.display_name,
        place_ids=member.place_ids,
        account_id=member.account_id,
        weight=member.weight,
    )


async def dismiss_member(session: Session, staff_id: StaffId) -> None:
    """Kept, inactive."""
    await session.run(_DISMISS_MEMBER, id=staff_id)


async def insert_licence(session: Session, provider_id: ProviderId, licence: Licence) -> None:
    """Not verified yet."""
    await session.run(
        _INSERT_LICENCE,
        id=licence.id,
        provider_id=provider_id,
        profession=licence.profession,
        jurisdiction=licence.jurisdiction,
        number=licence.number,
    )


async def verify_licences(session: Session, provider_id: ProviderId, at: datetime, by: AccountId) -> None:
    """Those not verified before."""
    await session.run(_VERIFY_LICENCES, provider_id=provider_id, at=at, by=by)


async def forget_person(session: Session, account: AccountId) -> None:
    """Names and links of the account's staff entries, and the licences of providers it owns."""
    await session.run(_FORGET_STAFF, account=account)
    await session.run(_FORGET_LICENCES, account=account)
