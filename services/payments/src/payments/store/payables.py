"""The read models of bookings and providers, fed by their events."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId
from contracts.providers import ProviderFact
from payments.domain.payable import BookingStatus, Payable
from payments.store.tables import PAYABLE, PROVIDER

# The trace is the first event's for good, and booking.created's where that came later than another topic's.
UPSERT_PAYABLES: Final = statement(
    text("""
        INSERT INTO payable AS known (booking_id, version, client_id, provider_id, status, service_id, price_minor,
                                      due_minor, currency, hold_expires_at, city, province, traceparent, starts_at,
                                      created_at)
        SELECT * FROM unnest(CAST(:booking_ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:client_ids AS uuid[]),
                             CAST(:provider_ids AS uuid[]), CAST(:statuses AS text[]),
                             CAST(:service_ids AS uuid[]), CAST(:prices AS bigint[]), CAST(:dues AS bigint[]),
                             CAST(:currencies AS text[]), CAST(:holds AS timestamptz[]), CAST(:cities AS text[]),
                             CAST(:provinces AS text[]), CAST(:traceparents AS text[]),
                             CAST(:starts AS timestamptz[]), CAST(:created AS timestamptz[])) AS told
        ON CONFLICT (booking_id) DO UPDATE SET
            version = excluded.version, client_id = excluded.client_id, provider_id = excluded.provider_id,
            status = excluded.status, service_id = excluded.service_id, price_minor = excluded.price_minor,
            due_minor = excluded.due_minor, currency = excluded.currency,
            hold_expires_at = excluded.hold_expires_at, city = excluded.city, province = excluded.province,
            starts_at = excluded.starts_at, created_at = coalesce(known.created_at, excluded.created_at)
        WHERE excluded.version > known.version
    """)
)
SET_FIRST_TRACES: Final = statement(
    text("""
        UPDATE payable SET traceparent = told.traceparent
        FROM unnest(CAST(:booking_ids AS uuid[]), CAST(:traceparents AS text[])) AS told (booking_id, traceparent)
        WHERE payable.booking_id = told.booking_id AND told.traceparent IS NOT NULL
          AND payable.traceparent IS DISTINCT FROM told.traceparent
    """)
)
FIND_PAYABLE: Final = statement(select(PAYABLE).where(PAYABLE.c.booking_id == bindparam("booking_id")))
LOCK_PAYABLE: Final = statement(
    select(PAYABLE).where(PAYABLE.c.booking_id == bindparam("booking_id")).with_for_update()
)
UPSERT_PROVIDERS: Final = statement(
    text("""
        INSERT INTO provider AS known (id, version, owner_id)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:owner_ids AS uuid[])) AS told
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, owner_id = excluded.owner_id
        WHERE excluded.version > known.version
    """)
)
FIND_OWNER: Final = statement(select(PROVIDER.c.owner_id).where(PROVIDER.c.id == bindparam("id")))


async def upsert_payables(session: Session, payables: Sequence[Payable]) -> None:
    """Keep each booking's newest state; one state per booking."""
    ordered = sorted(payables, key=lambda payable: payable.booking_id)
    await session.run(
        UPSERT_PAYABLES,
        booking_ids=[payable.booking_id for payable in ordered],
        versions=[payable.version for payable in ordered],
        client_ids=[payable.client_id for payable in ordered],
        provider_ids=[payable.provider_id for payable in ordered],
        statuses=[payable.status.value for payable in ordered],
        service_ids=[payable.service_id for payable in ordered],
        prices=[payable.price.minor for payable in ordered],
        dues=[payable.due.minor for payable in ordered],
        currencies=[payable.due.currency for payable in ordered],
        holds=[payable.hold_expires_at for payable in ordered],
        cities=[payable.city for payable in ordered],
        provinces=[payable.province for payable in ordered],
        traceparents=[payable.traceparent for payable in ordered],
        starts=[payable.starts_at for payable in ordered],
        created=[payable.created_at for payable in ordered],
    )


async def set_first_traces(session: Session, traces: dict[BookingId, str | None]) -> None:
    """The trace of the request that made each booking."""
    await session.run(SET_FIRST_TRACES, booking_ids=list(traces), traceparents=list(traces.values()))


async def find_payable(session: Session, booking_id: BookingId) -> Payable | None:
    """A booking as payments knows it."""
    return _payable(await session.one(FIND_PAYABLE, booking_id=booking_id))


async def lock_payable(session: Session, booking_id: BookingId) -> Payable | None:
    """The same; what booking tells of it meanwhile waits, so that it sees the intent being made."""
    return _payable(await session.one(LOCK_PAYABLE, booking_id=booking_id))


async def upsert_providers(session: Session, facts: Sequence[ProviderFact]) -> None:
    """Keep each provider's owner, one fact per provider, where it is newer."""
    await session.run(
        UPSERT_PROVIDERS,
        ids=[fact.provider_id for fact in facts],
        versions=[fact.version for fact in facts],
        owner_ids=[fact.owner_account_id for fact in facts],
    )


async def find_owner(session: Session, provider_id: ProviderId) -> AccountId | None:
    """The account that owns the provider."""
    found: UUID | None = await session.value(FIND_OWNER, id=provider_id)
    return AccountId(found) if found is not None else None


def _payable(row: Row | None) -> Payable | None:
    if row is None:
        return None
    fields: dict[str, Any] = dict(row)
    fields["status"] = BookingStatus(fields["status"])
    currency, due, price = (fields.pop(name) for name in ("currency", "due_minor", "price_minor"))
    fields["due"] = Money(due, currency)
    # Told before prices were kept: at the least what is due.
    fields["price"] = Money(due if price is None else price, currency)
    return Payable(**fields)
