"""Series through the gateway: one deposit and one message for weeks in a row, or each week's session paid apart."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from tests.town.client import BARBER, PSYCHOLOGY, Call, Json, slug_of
from tests.town.people import Account
from tests.town.shops import Shop, open_shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
SECONDS: Final = 20.0
WEEK: Final = timedelta(weeks=1)
FOUR: Final = "FREQ=WEEKLY;COUNT=4"
SERIES: Final = "/api/v1/bookings/series"


async def test_weeks_in_a_row_are_paid_once_told_once_and_called_off_from_one_on(town: Town) -> None:
    shop, client = await open_shop(town), await town.people.client()
    made = await book(town, client, shop, skip=True)
    leader, *others = made["bookings"]
    assert [one["dueNow"] for one in others] == [0] * len(others)
    await town.outside.pay(await town.begin_payment(client, leader))
    for one in made["bookings"]:
        await town.until(client, one, "confirmed")
    cut = {"scope": "following", "bookingId": others[-1]["id"]}
    await change(town, client, made, "cancel", cut)
    assert [one["status"] for one in await shown(town, client, made)] == [*["confirmed"] * len(others), "cancelled"]
    await eventually(lambda: is_told(town, client, "[series_confirmed]"), SECONDS)
    assert not await is_told(town, client, "[booking_confirmed]")


@pytest.mark.deep
async def test_weeks_that_somebody_has_are_named_and_those_that_are_free_can_be_had(town: Town) -> None:
    shop, client = await open_shop(town), await town.people.client()
    start = (await shop.slot()).starts_at
    other = await town.people.client()
    in_the_way = await send(town, other, shop, starts_at=start + WEEK, rule="FREQ=WEEKLY;COUNT=1")
    assert in_the_way.status_code == 201
    refused = await send(town, client, shop, starts_at=start)
    assert slug_of(refused) == "series-conflicts"
    assert datetime.fromisoformat(refused.json()["conflicts"][0]["startsAt"]) == start + WEEK


@pytest.mark.deep
async def test_each_weekly_session_is_paid_for_by_itself(town: Town) -> None:
    shop, client = await open_shop(town, vertical=PSYCHOLOGY), await town.people.client()
    made = await book(town, client, shop, skip=True)
    first, second, *_ = made["bookings"]
    assert {one["dueNow"] for one in made["bookings"]} == {first["dueNow"]}
    assert first["dueNow"] > 0
    for one in (first, second):
        payment = await town.begin_payment(client, one, PSYCHOLOGY)
        await town.outside.pay(payment)
        await town.until(client, one, "confirmed", PSYCHOLOGY)
    held = [one["status"] for one in await shown(town, client, made, PSYCHOLOGY)]
    assert held == ["confirmed", "confirmed", *["held"] * (len(made["bookings"]) - 2)]


async def is_told(town: Town, client: Account, words: str) -> bool:
    return any(words in message["body"] for message in await town.outside.messages(client.contact.phone))


async def send(town: Town, client: Account, shop: Shop, starts_at: datetime, rule: str = FOUR, **more: Any) -> Any:
    """The whole answer."""
    body = {"serviceId": shop.service_id, "startsAt": starts_at.isoformat(), "rule": rule, **more}
    return await town.gateway.send(Call("POST", SERIES, shop.vertical, client.token, body=body))


async def book(town: Town, client: Account, shop: Shop, **more: Any) -> Json:
    """Four weeks from a free start on."""
    answer = await send(town, client, shop, (await shop.slot()).starts_at, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(town: Town, client: Account, made: Json, verb: str, body: Json) -> None:
    answer = await town.gateway.send(Call("POST", f"{SERIES}/{made['id']}/{verb}", BARBER, client.token, body=body))
    assert answer.status_code == 200, answer.text


async def shown(town: Town, client: Account, made: Json, vertical: str = BARBER) -> list[Json]:
    """Its bookings now."""
    found = await town.gateway.ask(Call("GET", f"{SERIES}/{made['id']}", vertical, client.token))
    return list(found["bookings"])
