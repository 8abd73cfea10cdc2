"""The whole road once: published, found, held, paid, confirmed, told, counted."""

from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Final

from tests.town.client import BARBER, Call, Json
from tests.town.live import Feed, following
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, PESOS, Shop, Slot, open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
WITHIN_SECONDS: Final = 1.0
DAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


async def test_a_booking_is_found_held_paid_confirmed_told_and_on_the_screens_within_a_second(town: Town) -> None:
    shop = await open_shop(town)
    client, analyst = await town.people.client(), await town.people.analyst(BARBER)
    await find(town, shop)
    slot = await shop.slot()
    booking = await hold(town, client, shop, slot)
    payment = await town.begin_payment(client, booking)
    assert (payment["amount"], payment["status"]) == (DEPOSIT_PESOS, "awaiting_payer")
    async with following(town.gateway, analyst, BARBER) as feed:
        await town.outside.pay(payment)
        shown_at, slack = await dashboard_shows(town, analyst, shop)
        streamed_at = await stream_shows(feed, booking)
    paid = await town.until(client, booking, "confirmed")
    assert (paid["paid"], paid["refunded"]) == (DEPOSIT_PESOS, 0)
    confirmed_at = await instant_of_confirmation(town, booking)
    assert (streamed_at - confirmed_at).total_seconds() <= WITHIN_SECONDS
    assert (shown_at - confirmed_at).total_seconds() <= WITHIN_SECONDS + slack
    await both_channels_say_when_and_where(town, client, shop, slot)


async def find(town: Town, shop: Shop) -> None:
    """A client a kilometre to the south finds the shop."""
    query = {"lat": shop.spot.lat - 0.009, "lon": shop.spot.lon, "service": "corte", "radiusKm": 2}
    page = await town.gateway.ask(Call("GET", "/api/v1/providers", query=query))
    (found,) = page["items"]
    assert (found["providerId"], found["service"]["id"]) == (shop.provider_id, shop.service_id)
    assert 990 < found["distanceMetres"] < 1010


async def hold(town: Town, client: Account, shop: Shop, slot: Slot) -> Json:
    """Held for a quarter of an hour; nobody else can have it."""
    booking = await town.book(client, shop, slot)
    assert (booking["status"], booking["price"], booking["dueNow"]) == ("held", PESOS, DEPOSIT_PESOS)
    assert datetime.fromisoformat(booking["startsAt"]) == slot.starts_at
    assert slot not in await shop.slots(slot.starts_at)
    return booking


async def dashboard_shows(town: Town, analyst: Account, shop: Shop) -> tuple[datetime, float]:
    """When the figures of the shop's town counted the booking; and the longest time between two looks at them."""
    slack, last = 0.0, monotonic()

    async def counted() -> datetime | None:
        nonlocal slack, last
        reply = await town.gateway.ask(Call("GET", "/api/v1/analytics/dashboard", token=analyst.token))
        slack, last = max(slack, monotonic() - last), monotonic()
        (here,) = [one for one in reply["byCity"] if one["city"] == shop.spot.city] or [None]
        done = here is not None and (here["confirmed"], here["revenueCaptured"]) == (1, DEPOSIT_PESOS)
        return datetime.now(UTC) if done else None

    return await eventually(counted, 20), slack


async def stream_shows(feed: Feed, booking: Json) -> datetime:
    """When the stream told of the confirmation."""
    return (await eventually(lambda: feed.of("booking", bookingId=booking["id"], status="confirmed")))[0].at


async def instant_of_confirmation(town: Town, booking: Json) -> datetime:
    """When the transaction that confirmed it began, by PostgreSQL's clock, which is this machine's."""
    (told,) = await town.records.told("booking", BARBER, "booking.confirmed", booking["id"])
    at = told["created_at"]
    assert isinstance(at, datetime)
    return at


async def both_channels_say_when_and_where(town: Town, client: Account, shop: Shop, slot: Slot) -> None:
    """In the shop's own time, in words."""
    start = slot.starts_at
    day = f"{DAYS[start.weekday()]} {start.day} de {MONTHS[start.month - 1]}"
    for address, channel in ((client.contact.phone, "whatsapp"), (client.contact.email, "email")):
        (message,) = await eventually(partial(town.outside.messages, address), 20)
        assert message["channel"] == channel
        for words in ("turno de Corte", shop.name, f"{day} a las {slot.local_time} hs", shop.spot.city):
            assert words in message["body"]
