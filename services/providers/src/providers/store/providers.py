"""Reading and writing the provider aggregate: the row that is locked, and the parts below it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, StaffId
from providers.domain.parts import Licence, LicenceId, Member, Place, Resource, ResourceKind
from providers.domain.provider import Provider, Status
from providers.domain.provinces import Province

# One statement for the whole tree, whichever way its ids were found: after a lock it sees what the lock waited for.
_FIND_TREES: Final = statement(
    text("""
        SELECT p.id, p.owner_account_id, p.display_name, p.slug, p.status, p.version,
               ARRAY(SELECT jsonb_build_object('id', a.id, 'name', a.name, 'address', a.address, 'city', a.city,
                                               'province', a.province, 'zone', a.zone,
                                               'lat', ST_Y(CAST(a.point AS geometry)),
                                               'lon', ST_X(CAST(a.point AS geometry)),
                                               'open_holidays', a.open_holidays)
                     FROM place a WHERE a.provider_id = p.id AND a.active ORDER BY a.id) AS places,
               ARRAY(SELECT jsonb_build_object('id', r.id, 'place_id', r.place_id, 'kind', r.kind, 'name', r.name,
                                               'capacity', r.capacity)
                     FROM resource r WHERE r.provider_id = p.id AND r.active ORDER BY r.id) AS resources,
               ARRAY(SELECT jsonb_build_object('id', s.id, 'display_name', s.display_name, 'place_ids', s.place_ids,
                                               'account_id', s.account_id, 'weight', s.weight)
                     FROM staff s WHERE s.provider_id = p.id AND s.active ORDER BY s.id) AS staff,
               ARRAY(SELECT jsonb_build_object('id', l.id, 'profession', l.profession, 'jurisdiction', l.jurisdiction,
                                               'number', l.number, 'verified_at', l.verified_at)
                     FROM licence l WHERE l.provider_id = p.id ORDER BY l.id) AS licences
        FROM provider p WHERE p.id = ANY (CAST(:ids AS uuid[])) ORDER BY p.id
    """)
)
_FIND_BY_SLUG: Final = statement(text("SELECT id FROM provider WHERE slug = :slug"))
_FIND_TAKEN_SLUGS: Final = statement(text("SELECT slug FROM provider WHERE slug = ANY (CAST(:slugs AS text[]))"))
_COUNT_OWNED: Final = statement(text("SELECT count(*) FROM provider WHERE owner_account_id = :owner"))
_PAGE_OWNED: Final = statement(
    text("""
        SELECT id FROM provider WHERE owner_account_id = :owner AND id > :after ORDER BY id LIMIT :most
    """)
)
_LOCK_PROVIDER: Final = statement(text("SELECT id FROM provider WHERE id = :id FOR UPDATE"))
_LOCK_PAGE: Final = statement(text("SELECT id FROM provider WHERE id > :after ORDER BY id LIMIT :most FOR UPDATE"))
_LOCK_OF_ACCOUNT: Final = statement(
    text("""
        SELECT id FROM provider p
        WHERE id = ANY (ARRAY(SELECT id FROM provider WHERE owner_account_id = :account AND status <> 'suspended'
                              UNION SELECT provider_id FROM staff WHERE account_id = :account))
        ORDER BY id FOR UPDATE
    """)
)
_INSERT_PROVIDER: Final = statement(
    text("""
        INSERT INTO provider (id, owner_account_id, display_name, slug, status, version)
        VALUES (:id, :owner, :display_name, :slug, :status, :version)
        ON CONFLICT (slug) DO NOTHING
    """)
)
_UPDATE_PROVIDER: Final = statement(
    text("""
        UPDATE provider SET display_name = :display_name, slug = :slug, status = :status, version = :version
        WHERE id = :id
    """)
)


async def find_provider(session: Session, provider_id: ProviderId) -> Provider | None:
    """With all its active parts."""
    found = await _trees(session, [provider_id])
    return found[0] if found else None


async def find_provider_by_slug(session: Session, slug: str) -> Provider | None:
    """With all its active parts."""
    provider_id = await session.value(_FIND_BY_SLUG, slug=slug)
    return await find_provider(session, provider_id) if provider_id else None


async def find_taken_slugs(session: Session, slugs: Sequence[str]) -> frozenset[str]:
    """Those of `slugs` that some provider has."""
    return frozenset(row["slug"] for row in await session.all(_FIND_TAKEN_SLUGS, slugs=slugs))


async def count_owned(session: Session, owner: AccountId) -> int:
    """How many providers an account owns."""
    return int(await session.value(_COUNT_OWNED, owner=owner))


async def page_owned(session: Session, owner: AccountId, after: UUID, most: int) -> list[Provider]:
    """An account's providers by id, at most `most`."""
    rows = await session.all(_PAGE_OWNED, owner=owner, after=after, most=most)
    return await _trees(session, [row["id"] for row in rows])


async def lock_provider(session: Session, provider_id: ProviderId) -> Provider | None:
    """Locked until the transaction ends: nobody else changes it or its parts."""
    if await session.value(_LOCK_PROVIDER, id=provider_id) is None:
        return None
    return await find_provider(session, provider_id)


async def lock_page(session: Session, after: UUID, most: int) -> list[Provider]:
    """The next providers by id, locked."""
    rows = await session.all(_LOCK_PAGE, after=after, most=most)
    return await _trees(session, [row["id"] for row in rows])


async def lock_providers_of(session: Session, account: AccountId) -> list[Provider]:
    """Those the account owns, unless suspended, and those where it is linked to a member of staff, past or present."""
    rows = await session.all(_LOCK_OF_ACCOUNT, account=account)
    return await _trees(session, [row["id"] for row in rows])


async def insert_provider(session: Session, provider: Provider) -> bool:
    """False when its slug is taken."""
    return await session.run(_INSERT_PROVIDER, owner=provider.owner, **_profile(provider)) == 1


async def update_provider(session: Session, provider: Provider) -> None:
    """The profile and the version, under its lock; the parts are saved one by one."""
    await session.run(_UPDATE_PROVIDER, **_profile(provider))


async def rename_provider(session: Session, provider: Provider) -> bool:
    """As `update_provider`; False, and nothing changed, when its slug is taken."""
    try:
        async with session.connection.transaction():
            await update_provider(session, provider)
    except asyncpg.UniqueViolationError:
        return False
    return True


def _profile(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "display_name": provider.display_name,
        "slug": provider.slug,
        "status": provider.status,
        "version": provider.version,
    }


async def _trees(session: Session, ids: Sequence[UUID]) -> list[Provider]:
    return [_provider(row) for row in await session.all(_FIND_TREES, ids=ids)] if ids else []


def _provider(row: Mapping[str, Any]) -> Provider:
    return Provider(
        id=ProviderId(row["id"]),
        owner=AccountId(row["owner_account_id"]),
        display_name=row["display_name"],
        slug=row["slug"],
        status=Status(row["status"]),
        version=row["version"],
        places=tuple(_place(place, row["resources"]) for place in row["places"]),
        staff=tuple(_member(member) for member in row["staff"]),
        licences=tuple(_licence(licence) for licence in row["licences"]),
    )


def _place(place: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> Place:
    return Place(
        id=PlaceId(UUID(place["id"])),
        name=place["name"],
        address=place["address"],
        city=place["city"],
        province=Province(place["province"]),
        zone=place["zone"],
        lat=place["lat"],
        lon=place["lon"],
        resources=tuple(_resource(one) for one in resources if one["place_id"] == place["id"]),
        open_holidays=tuple(map(date.fromisoformat, place["open_holidays"])),
    )


def _resource(row: Mapping[str, Any]) -> Resource:
    return Resource(ResourceId(UUID(row["id"])), ResourceKind(row["kind"]), row["name"], row["capacity"])


def _member(row: Mapping[str, Any]) -> Member:
    places = tuple(PlaceId(UUID(place)) for place in row["place_ids"])
    account = AccountId(UUID(row["account_id"])) if row["account_id"] else None
    return Member(StaffId(UUID(row["id"])), row["display_name"], places, account, row["weight"])


def _licence(row: Mapping[str, Any]) -> Licence:
    at = datetime.fromisoformat(row["verified_at"]) if row["verified_at"] else None
    return Licence(LicenceId(UUID(row["id"])), row["profession"], Province(row["jurisdiction"]), row["number"], at)
