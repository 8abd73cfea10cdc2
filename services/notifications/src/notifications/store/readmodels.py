"""What this service keeps of others: sealed contacts, providers, services, bookings; and what accounts prefer."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from common.db import Row, Session, statement
from contracts.identity import AccountContact
from contracts.ids import AccountId, BookingId
from contracts.providers import PlacePart, ProviderFact, ServicePublished
from notifications.domain.booking import Booking, BookingStatus
from notifications.domain.dossier import ContactCard
from notifications.domain.notification import Channel
from notifications.store.tables import CONTACT, PREFERENCE

UPSERT_CONTACT: Final = statement(
    text("""
        INSERT INTO contact (account_id, version, key_id, nonce, sealed, reachable, erased)
        VALUES (:account_id, :version, :key_id, :nonce, :sealed, CAST(:reachable AS text[]), false)
        ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, key_id = excluded.key_id,
            nonce = excluded.nonce, sealed = excluded.sealed, reachable = excluded.reachable
        WHERE excluded.version > contact.version
    """)
)
ERASE_CONTACT: Final = statement(
    text("""
        INSERT INTO contact (account_id, version, reachable, erased)
        VALUES (:account_id, :version, CAST('{}' AS text[]), true)
        ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, erased = true,
            key_id = NULL, nonce = NULL, sealed = NULL, reachable = excluded.reachable
    """)
)
FIND_CARD: Final = statement(
    select(CONTACT.c.version, CONTACT.c.reachable, CONTACT.c.erased).where(
        CONTACT.c.account_id == bindparam("account_id")
    )
)
FIND_MUTED: Final = statement(select(PREFERENCE.c.muted).where(PREFERENCE.c.account_id == bindparam("account_id")))
_PREFER = insert(PREFERENCE).values(account_id=bindparam("account_id"), muted=bindparam("muted"))
UPSERT_PREFERENCE: Final = statement(
    _PREFER.on_conflict_do_update(index_elements=["account_id"], set_={"muted": _PREFER.excluded.muted})
)
DELETE_PREFERENCE: Final = statement(PREFERENCE.delete().where(PREFERENCE.c.account_id == bindparam("account_id")))
# A place that closed stays known: turnos that were made there are still called off, moved and refunded.
UPSERT_PROVIDERS: Final = statement(
    text("""
        INSERT INTO provider (provider_id, version, display_name, places)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:names AS text[]),
                             CAST(:places AS jsonb[]))
        ON CONFLICT (provider_id) DO UPDATE SET version = excluded.version,
            display_name = excluded.display_name, places = provider.places || excluded.places
        WHERE excluded.version > provider.version
    """)
)
UPSERT_SERVICES: Final = statement(
    text("""
        INSERT INTO service (service_id, version, name)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:names AS text[]))
        ON CONFLICT (service_id) DO UPDATE SET version = excluded.version, name = excluded.name
        WHERE excluded.version > service.version
    """)
)
UPSERT_BOOKINGS: Final = statement(
    text("""
        INSERT INTO booking (booking_id, version, status, client_id, provider_id, place_id, service_id,
                             starts_at, ends_at, zone, confirmed)
        SELECT *, false
        FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:statuses AS text[]),
                    CAST(:clients AS uuid[]), CAST(:providers AS uuid[]), CAST(:places AS uuid[]),
                    CAST(:services AS uuid[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
                    CAST(:zones AS text[]))
        ON CONFLICT (booking_id) DO UPDATE SET version = excluded.version, status = excluded.status,
            place_id = excluded.place_id, service_id = excluded.service_id, starts_at = excluded.starts_at,
            ends_at = excluded.ends_at, zone = excluded.zone
        WHERE excluded.version > booking.version
    """)
)
# Apart from the upsert: an older state that says "confirmed" must not be lost because a newer one came first.
MARK_CONFIRMED: Final = statement(
    text("UPDATE booking SET confirmed = true WHERE booking_id = ANY (CAST(:ids AS uuid[])) AND NOT confirmed")
)
LOCK_BOOKING: Final = statement(text("SELECT * FROM booking WHERE booking_id = :id FOR UPDATE"))


async def upsert_contact(session: Session, fact: AccountContact, reachable: Sequence[Channel]) -> bool:
    """Keep the sealed copy; False when a newer one, or an erasure, was there."""
    return (
        await session.run(
            UPSERT_CONTACT,
            account_id=fact.account_id,
            version=fact.version,
            key_id=fact.key_id,
            nonce=fact.nonce,
            sealed=fact.sealed,
            reachable=[*reachable],
        )
        == 1
    )


async def erase_contact(session: Session, account_id: AccountId) -> None:
    """Drop the copy and the preferences; only the id stays, newer than whatever comes late."""
    last = AccountContact.tombstone(account_id).version
    await session.run(ERASE_CONTACT, account_id=account_id, version=last)
    await session.run(DELETE_PREFERENCE, account_id=account_id)


async def find_card(session: Session, account_id: AccountId) -> ContactCard | None:
    """What may be known of a contact without opening it."""
    row = await session.one(FIND_CARD, account_id=account_id)
    return None if row is None else ContactCard(row["version"], channels(row["reachable"]), row["erased"])


async def find_muted(session: Session, account_id: AccountId) -> frozenset[Channel]:
    """Channels without reminders; none unless the account said so."""
    return channels(await session.value(FIND_MUTED, account_id=account_id) or ())


async def upsert_preference(session: Session, account_id: AccountId, muted: frozenset[Channel]) -> None:
    """Replace what the account prefers."""
    await session.run(UPSERT_PREFERENCE, account_id=account_id, muted=sorted(muted))


async def upsert_providers(session: Session, facts: Sequence[ProviderFact]) -> None:
    """One fact per provider, each applied where it is newer; places are only ever added or renewed."""
    await session.run(
        UPSERT_PROVIDERS,
        ids=[fact.provider_id for fact in facts],
        versions=[fact.version for fact in facts],
        names=[fact.display_name for fact in facts],
        places=[{str(each.place_id): _place(each) for each in fact.places} for fact in facts],
    )


async def upsert_services(session: Session, facts: Sequence[ServicePublished]) -> None:
    """One fact per service, each applied where it is newer."""
    await session.run(
        UPSERT_SERVICES,
        ids=[fact.service_id for fact in facts],
        versions=[fact.version for fact in facts],
        names=[fact.name for fact in facts],
    )


async def upsert_bookings(session: Session, bookings: Sequence[Booking]) -> None:
    """One state per booking, each applied where it is newer; `confirmed` is only ever set."""
    await session.run(
        UPSERT_BOOKINGS,
        ids=[one.id for one in bookings],
        versions=[one.version for one in bookings],
        statuses=[one.status for one in bookings],
        clients=[one.client_id for one in bookings],
        providers=[one.provider_id for one in bookings],
        places=[one.place_id for one in bookings],
        services=[one.service_id for one in bookings],
        starts=[one.starts_at for one in bookings],
        ends=[one.ends_at for one in bookings],
        zones=[one.zone for one in bookings],
    )
    await session.run(MARK_CONFIRMED, ids=[one.id for one in bookings if one.agreed])


async def lock_booking(session: Session, booking_id: BookingId) -> Booking:
    """The newest state known, locked; it must have been upserted before."""
    row = await session.one(LOCK_BOOKING, id=booking_id)
    if row is None:
        raise LookupError("the booking was not upserted")
    return booking_of(row)


def booking_of(row: Row, prefix: str = "") -> Booking:
    """A booking from the columns of its table, whose names may carry a prefix."""
    return Booking(
        id=row["booking_id"],
        version=row[f"{prefix}version"],
        status=BookingStatus(row[f"{prefix}status"]),
        client_id=row["client_id"],
        provider_id=row["provider_id"],
        place_id=row["place_id"],
        service_id=row["service_id"],
        starts_at=row[f"{prefix}starts_at"],
        ends_at=row["ends_at"],
        zone=row["zone"],
        confirmed=row["confirmed"],
    )


def _place(place: PlacePart) -> dict[str, str]:
    return {"name": place.name, "address": place.address, "city": place.city}


def channels(names: Sequence[str]) -> frozenset[Channel]:
    """Stored names as channels."""
    return frozenset(Channel(name) for name in names)
