"""A person asks to be forgotten: copies of the contact go, and nothing is sent any more."""

from functools import partial
from typing import Final

from tests.town.client import BARBER, PSYCHOLOGY, Call, slug_of
from tests.town.people import Account
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
COPY: Final = "SELECT sealed IS NULL AND key_id IS NULL AND reachable = '{}' FROM contact WHERE account_id = $1"
UNDECIDED: Final = "SELECT count(*) FROM notification WHERE account_id = $1 AND status IN ('pending', 'sending')"
MESSAGES: Final = "SELECT DISTINCT template, status, reason FROM notification WHERE account_id = $1"
NEVER_SENT: Final = frozenset({"booking_reminder", "booking_cancelled", "payment_refunded"})


async def test_after_an_erasure_the_copies_of_the_contact_are_gone_and_nothing_is_sent_any_more(
    town: Town, shop: Shop
) -> None:
    client = await town.people.client()
    booking, charge = await town.buy(client, shop, await shop.slot())
    await eventually(lambda: received(town, client, 2), 20)
    await eventually(lambda: only_reminders_wait(town, client), 20)
    await town.gateway.ask(Call("DELETE", "/api/v1/me", token=client.token))
    for vertical in (BARBER, PSYCHOLOGY):
        await eventually(partial(town.records.value, "notifications", vertical, COPY, client.id), 20)
    await eventually(lambda: is_erased_on_the_closed_topic(town, client))
    await cancelled_by_the_shop(town, shop, booking["id"])
    await eventually(lambda: town.outside.refunded(charge), 20)
    await eventually(lambda: all_void(town, client), 20)
    assert await received(town, client, 2)


async def test_nobody_logs_in_to_an_erased_account(town: Town) -> None:
    client = await town.people.client()
    await town.gateway.ask(Call("DELETE", "/api/v1/me", token=client.token))
    answer = await town.people.try_to_log_in(client.contact)
    assert slug_of(answer) == "wrong-credentials"


async def only_reminders_wait(town: Town, client: Account) -> bool:
    """Whether what arrived is marked as sent, and the reminders of a day and of two hours before are still to come."""
    return bool(await town.records.value("notifications", BARBER, UNDECIDED, client.id) == 2)


async def received(town: Town, client: Account, count: int) -> bool:
    """Whether the person got just so many messages."""
    found = await town.outside.messages(client.contact.phone) + await town.outside.messages(client.contact.email)
    return len(found) == count


async def is_erased_on_the_closed_topic(town: Town, client: Account) -> bool:
    """Whether the last record of the account is a tombstone, by which Kafka deletes those before it."""
    key = str(client.id).encode()
    found = [one.value for one in await town.records.topics() if (one.topic, one.key) == ("account.contact", key)]
    return found[-1:] == [b""]


async def cancelled_by_the_shop(town: Town, shop: Shop, booking_id: str) -> None:
    """What would be told to the client, and brings the money back."""
    path = f"/api/v1/bookings/{booking_id}/cancel"
    await town.gateway.ask(Call("POST", path, token=shop.owner.token))


async def all_void(town: Town, client: Account) -> bool:
    """Reminders, cancellation and refund were decided on, and none of them goes out."""
    rows = await town.records.rows("notifications", BARBER, MESSAGES, client.id)
    later = [row for row in rows if row["template"] in NEVER_SENT]
    return {row["template"] for row in later} == NEVER_SENT and {row["status"] for row in later} == {"void"}
