"""Many want the same: the database is the judge."""

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

import httpx
from tests.town.client import BARBER, slug_of
from tests.town.shops import Shop, open_shop
from tests.town.town import ON_STACK, Town

pytestmark = ON_STACK
LIVE_CLAIMS: Final = "SELECT count(*) FROM claim WHERE resource = $1 AND live AND during @> $2::timestamptz"


async def test_of_64_parallel_bookings_of_one_slot_exactly_one_is_made(town: Town, shop: Shop) -> None:
    clients = [await town.people.client() for _ in range(8)]
    slot = await shop.open_slot()
    wanted = [town.try_to_book(client, shop, slot, staff_id=slot.staff_id) for client in clients for _ in range(8)]
    answers = await asyncio.gather(*wanted)
    assert outcomes(answers) == {"made": 1, "refused": 63}
    assert await town.records.value("booking", BARBER, LIVE_CLAIMS, UUID(slot.staff_id), slot.starts_at) == 1


async def test_of_two_barbers_with_one_chair_only_one_is_booked_at_a_time(town: Town) -> None:
    shop = await open_shop(town, staff=2, chairs=1)
    clients = [await town.people.client() for _ in range(2)]
    slot = await shop.open_slot()
    wanted = [
        town.try_to_book(client, shop, slot, staff_id=staff)
        for client, staff in zip(clients, shop.staff, strict=True)
        for _ in range(4)
    ]
    assert outcomes(await asyncio.gather(*wanted)) == {"made": 1, "refused": 7}
    assert slot.starts_at not in {free.starts_at for free in await shop.slots(slot.starts_at)}


def outcomes(answers: list[httpx.Response]) -> dict[str, int]:
    """How many got the slot, and how many were told that it is taken (or, on a busy machine, to come back)."""
    told = Counter("made" if answer.status_code == 201 else slug_of(answer) for answer in answers)
    made, refused = told.pop("made", 0), told.pop("slot-taken", 0) + told.pop("busy", 0)
    return {"made": made, "refused": refused, **told}
