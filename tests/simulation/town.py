"""The people of one example: a shop with few slots, and more clients than seats."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from services.booking.tests.builders import ZONE, Shop
from tests.simulation.clock import EPOCH
from tests.simulation.codes import contact_of
from tests.simulation.sides import SCOPE
from tests.simulation.world import World

from booking import usecases as booking
from booking.usecases import By, HoldSlot
from common.auth import Principal
from common.http import Body
from common.idempotency import Once, Replayed
from common.settings import SHARED
from common.testing import event
from contracts.ids import AccountId, BookingId, new_id
from payments import usecases as payments
from payments.domain.method import Means
from payments.domain.purpose import Wish

CLIENTS: Final = 3
MINUTES: Final = 60
EMAIL: Final = "ana@example.com"
"""Of every client: whose it is, is told by the account."""
_NEAR, _FAR = EPOCH.date() + timedelta(days=1), EPOCH.date() + timedelta(days=20)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


SLOTS: Final = (
    _at(_NEAR, 10, 0),
    # Half an hour later: they overlap.
    _at(_NEAR, 10, 30),
    _at(_NEAR, 15, 0),
    _at(_FAR, 10, 0),
    _at(_FAR, 10, 30),
    _at(_FAR, 12, 0),
    _at(_FAR, 15, 0),
)
FAR_SLOTS: Final = SLOTS[3:]
"""Still ahead when everything else is over, so that what became free can be booked again."""


class Reply(Body):
    id: UUID


@dataclass
class Request:
    """One request of a client's; sent again after a crash it is the same one, by its idempotency key."""

    key: str
    who: AccountId
    what: str

    @property
    def once(self) -> Once:
        return Once(f"{self.who} {self.what}", self.key, b"the same body", 201, lambda made: Reply(id=made.id))


class Town:
    """Acts for people through the use cases that the API calls."""

    def __init__(self, world: World, shop: Shop) -> None:
        self._world, self.shop = world, shop
        self.clients = [AccountId(new_id()) for _ in range(CLIENTS)]
        self.bookings: list[BookingId] = []

    def stranger(self) -> AccountId:
        """A client who has done nothing yet."""
        return AccountId(new_id())

    def request(self, who: AccountId, what: str) -> Request:
        """A new one."""
        return Request(str(new_id()), who, what)

    async def hold(self, request: Request, starts_at: datetime) -> BookingId:
        """The client takes the slot."""
        wanted = HoldSlot(request.who, [self.shop.service_id], starts_at)
        try:
            made = await booking.hold_slot(self._world.booking.context, self._world.vertical, wanted, request.once)
        except Replayed as answered:
            booking_id = BookingId(Reply.model_validate_json(answered.body).id)
        else:
            booking_id = made.id
        self.bookings.append(booking_id)
        return booking_id

    async def begin(self, request: Request, wish: Wish) -> None:
        """The client asks for the page to pay on."""
        context = self._world.payments.context
        try:
            await payments.begin_payment(context, self._world.vertical, request.who, wish, request.once)
        except Replayed:
            return

    async def pay_directly(self, request: Request, wish: Wish, means: Means) -> None:
        """The client pays without a page, with a card or at a cashier's."""
        context = self._world.payments.context
        try:
            await payments.pay_directly(context, self._world.vertical, request.who, wish, means, request.once)
        except Replayed:
            return

    async def cancel(self, booking_id: BookingId, *, by_client: bool) -> None:
        """By the booking's link, or by the shop's owner."""
        by = By(None if by_client else self.owner)
        await booking.cancel_booking(self._world.booking.context, self._world.vertical, booking_id, by, None)

    async def finish(self, booking_id: BookingId, *, came: bool) -> None:
        """The owner says how the appointment went."""
        use_case = booking.complete_booking if came else booking.mark_no_show
        await use_case(self._world.booking.context, self._world.vertical, booking_id, self.owner, None)

    @property
    def owner(self) -> Principal:
        """Of the shop."""
        return Principal(self.shop.owner, frozenset({"client", f"provider:{SCOPE}"}), 2**40)


async def open_town(world: World, barbers: int, chairs: int) -> Town:
    """A shop and clients that both sides have heard of, before the example's own events."""
    shop = Shop(barbers=barbers, chairs=chairs, minutes=MINUTES, vertical=SCOPE)
    town = Town(world, await shop.open(world.booking.context))
    context = world.payments.context
    async with context.uow.begin(SCOPE) as work:
        await payments.remember_providers(context, work, [event(shop.provider())])
        for client in town.clients:
            await payments.keep_contact(context, work, event(contact_of(client, EMAIL), SHARED))
    return town
