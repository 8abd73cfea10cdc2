"""Three weeks in a row, charged as a test wants it, and how they stand."""

from collections.abc import Sequence

from services.booking.tests.builders import Shop, days_ahead

from booking import usecases
from booking.domain.booking import Booking
from booking.usecases import BookingContext, By, HoldSeries, HoldSlot
from common.auth import Principal
from common.verticals import SeriesRules, Vertical
from contracts.ids import AccountId, SeriesId

PRICE, DEPOSIT = 1_000_000, 300_000
WEEKLY = "FREQ=WEEKLY;COUNT=3"


def charging(context: BookingContext, charge: str) -> Vertical:
    """Barbers whose series ask for that."""
    rules = SeriesRules.model_validate({"charge": charge})
    return context.verticals.get("barber").model_copy(update={"series": rules})


async def three(
    context: BookingContext, shop: Shop, client: AccountId, charge: str, rule: str = WEEKLY, days: int = 4
) -> Sequence[Booking]:
    """The bookings of a new series."""
    first = HoldSlot(client, [shop.service_id], days_ahead(days))
    made = await usecases.hold_series(context, charging(context, charge), HoldSeries(first, rule), None)
    return made.bookings


async def now_of(context: BookingContext, booking: Booking, client: AccountId) -> Booking:
    """As its client sees it by now."""
    return await usecases.get_booking(context, context.verticals.get("barber"), booking.id, By(caller(client)))


def caller(account: AccountId) -> Principal:
    """With nothing but an account."""
    return Principal(account, frozenset({"client"}), 0)


def series_of(booking: Booking) -> SeriesId:
    """Which one it is of."""
    assert booking.series_id is not None
    return SeriesId(booking.series_id)
