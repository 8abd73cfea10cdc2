"""Guests: no account, a contact that was proved, and a link."""

from tests.town.client import Call, slug_of
from tests.town.people import Account
from tests.town.shops import DEPOSIT_PESOS, Shop
from tests.town.town import ON_STACK, Town

from common.testing import eventually

pytestmark = ON_STACK
BY_LINK = "/api/v1/bookings/by-link"
# WhatsApp is given a template's name and what goes into it.
NOTICES = (
    "[verification_code]",
    "[booking_confirmed]",
    "[booking_cancelled]",
    "[payment_refunded] Gabriela | $2.000,00",
)


async def test_a_guest_books_opens_and_cancels_by_link_and_gets_back_what_the_policy_says(
    town: Town, shop: Shop
) -> None:
    guest = await town.people.guest()
    # Between 12 and 3 hours before the start half of it goes back.
    booking = await town.book(guest, shop, await shop.slot(hours=5))
    charge = await town.outside.pay(await town.begin_payment(guest, booking))
    await town.until(guest, booking, "confirmed")
    token = booking["link"].rpartition("/")[2]
    opened = await town.gateway.ask(Call("GET", f"{BY_LINK}/{token}"))
    assert (opened["id"], opened["status"], opened["paid"]) == (booking["id"], "confirmed", DEPOSIT_PESOS)
    await eventually(lambda: phone_got(town, guest, NOTICES[:2]), 20)
    cancelled = await town.gateway.ask(Call("POST", f"{BY_LINK}/{token}/cancel"))
    assert (cancelled["status"], cancelled["refunded"]) == ("cancelled", DEPOSIT_PESOS / 2)
    assert await eventually(lambda: town.outside.refunded(charge), 20) == DEPOSIT_PESOS * 100 / 2
    await eventually(lambda: phone_got(town, guest, NOTICES), 20)


async def test_a_link_that_we_did_not_sign_opens_nothing(town: Town) -> None:
    answer = await town.gateway.send(Call("GET", f"{BY_LINK}/{'A' * 43}"))
    assert (answer.status_code, slug_of(answer)) == (404, "not-found")


async def phone_got(town: Town, guest: Account, texts: tuple[str, ...]) -> bool:
    """Just these messages, in whatever order they left."""
    bodies = [message["body"] for message in await town.outside.messages(guest.contact.phone)]
    return len(bodies) == len(texts) and all(any(text in body for body in bodies) for text in texts)
