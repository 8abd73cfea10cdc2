"""What is ahead keeps its wall-clock time when a zone's offset changes: the real one, and a store that follows."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from services.booking.tests.builders import Shop, days_ahead
from services.booking.tests.offering import another

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Tokens, published
from contracts.booking import BookingRescheduled
from contracts.ids import AccountId, new_id
from contracts.providers import CapsPart, DepositPart, SegmentPart

BOOKINGS: Final = "/api/v1/bookings"
HOUR: Final = timedelta(hours=1)


def four_hours_behind(_name: str) -> ZoneInfo:
    """As if Argentina had gone to UTC-4, as a bill has it."""
    return ZoneInfo("America/La_Paz")


async def test_appointments_that_touch_move_by_an_hour_together_and_keep_their_local_time(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=2, deposit=DepositPart()).open(context)
    colour = await another(
        context,
        shop,
        duration_minutes=90,
        segments=(SegmentPart(minutes=30), SegmentPart(minutes=30, attended=False), SegmentPart(minutes=30)),
        caps=CapsPart(per_day=2),
    )
    made = []
    for service, start in ((shop.service_id, 0), (colour, 1), (shop.service_id, 4), (shop.service_id, 6)):
        wish = {"serviceId": str(service), "startsAt": (days_ahead(3) + start * HOUR / 2).isoformat()}
        reply = await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))
        made.append(reply.json())
    assert await usecases.follow_zones(context, "barber", four_hours_behind) >= len(made)
    for one in made:
        now = await _shown(http, tokens, shop, one)
        assert _at(now) == _at(one) + HOUR
        assert now["localDate"] == one["localDate"]
        told = (await published(context.uow, "barber", UUID(one["id"])))[-1].data
        assert isinstance(told, BookingRescheduled)
        assert told.reason == "zone-changed"
    assert await usecases.follow_zones(context, "barber", four_hours_behind) == 0
    # The other tests' bookings are ahead too: back with all of them.
    assert await usecases.follow_zones(context, "barber") >= len(made)
    assert _at(await _shown(http, tokens, shop, made[1])) == _at(made[1])


async def _shown(http: httpx.AsyncClient, tokens: Tokens, shop: Shop, made: dict[str, Any]) -> dict[str, Any]:
    reply = await http.get(f"{BOOKINGS}/{made['id']}", headers=tokens.bearer(shop.owner, "provider"))
    shown: dict[str, Any] = reply.json()
    return shown


def _at(shown: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["startsAt"])
