"""What of a booking's price was paid and kept: through us, and at the place."""

from typing import Any, Final

from sqlalchemy import bindparam, insert, select, text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import BookingId
from payments.domain.at_place import AtPlace, AtPlaceId, AtPlaceMethod
from payments.store.tables import AT_PLACE

FIND_SETTLED: Final = statement(
    text("""
        SELECT coalesce((SELECT sum(captured_minor) FROM intent
                         WHERE booking_id = :booking_id AND purpose <> 'tip'), 0)
             - coalesce((SELECT sum(refund.amount_minor) FROM refund JOIN intent ON intent.id = intent_id
                         WHERE booking_id = :booking_id AND purpose <> 'tip' AND origin = 'booking'
                           AND refund.status = 'done'), 0)
             + coalesce((SELECT sum(amount_minor) FROM at_place
                         WHERE booking_id = :booking_id AND voided_at IS NULL), 0)
    """)
)
LOCK_BALANCES: Final = statement(
    text("SELECT id FROM intent WHERE booking_id = :booking_id AND purpose = 'balance' ORDER BY id FOR UPDATE")
)
INSERT_AT_PLACE: Final = statement(
    insert(AT_PLACE).values({column.name: bindparam(column.name) for column in AT_PLACE.columns})
)
LOCK_AT_PLACE: Final = statement(select(AT_PLACE).where(AT_PLACE.c.id == bindparam("id")).with_for_update())
VOID_AT_PLACE: Final = statement(text("UPDATE at_place SET version = :version, voided_at = app_now() WHERE id = :id"))
PAGE_AT_PLACE: Final = statement(
    select(AT_PLACE)
    .where(AT_PLACE.c.booking_id == bindparam("booking_id"))
    .order_by(AT_PLACE.c.id)
    .limit(bindparam("most"))
)


async def find_settled(session: Session, booking_id: BookingId, currency: str) -> Money:
    """The sum of what was captured, tips apart, less what booking asked back, and of what was taken at the place.

    What people gave back on their own was given, and nobody is asked for it again.
    """
    return Money(int(await session.value(FIND_SETTLED, booking_id=booking_id)), currency)


async def lock_balances(session: Session, booking_id: BookingId) -> None:
    """Nothing more of the booking's balance is captured until the transaction ends; the caller holds the payable."""
    await session.all(LOCK_BALANCES, booking_id=booking_id)


async def insert_at_place(session: Session, taken: AtPlace) -> None:
    """Money the provider took itself."""
    await session.run(INSERT_AT_PLACE, **_values(taken))


async def lock_at_place(session: Session, at_place_id: AtPlaceId) -> AtPlace | None:
    """One of them, ours until the transaction ends."""
    row = await session.one(LOCK_AT_PLACE, id=at_place_id)
    return _at_place(row) if row is not None else None


async def void_at_place(session: Session, taken: AtPlace) -> None:
    """It was a mistake: it counts no longer and stays on record."""
    await session.run(VOID_AT_PLACE, id=taken.id, version=taken.version)


async def page_at_place(session: Session, booking_id: BookingId, most: int) -> list[AtPlace]:
    """A booking's, oldest first."""
    return [_at_place(row) for row in await session.all(PAGE_AT_PLACE, booking_id=booking_id, most=most)]


def _values(taken: AtPlace) -> dict[str, Any]:
    return {
        "id": taken.id,
        "version": taken.version,
        "booking_id": taken.booking_id,
        "provider_id": taken.provider_id,
        "client_id": taken.client_id,
        "currency": taken.amount.currency,
        "amount_minor": taken.amount.minor,
        "method": taken.method.value,
        "recorded_by": taken.recorded_by,
        "recorded_at": taken.recorded_at,
        "voided_at": taken.voided_at,
    }


def _at_place(row: Row) -> AtPlace:
    fields = dict(row)
    amount = Money(fields.pop("amount_minor"), fields.pop("currency"))
    return AtPlace(**fields | {"amount": amount, "method": AtPlaceMethod(fields["method"])})
