"""What people do, how often, and which service answers it: every service is asked every few seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from tests.town.client import Call
from tests.town.people import Account
from tests.town.shops import ZONE, Shop


@dataclass(frozen=True, slots=True)
class Step:
    """`cards`: how many of them lie in the deck that is dealt from, over and over."""

    name: str
    service: str
    cards: int = 1


STEPS: Final = (
    Step("book", "booking", 5),
    Step("pay", "payments", 4),
    Step("cancel", "booking"),
    Step("see", "booking"),
    Step("availability", "booking"),
    Step("me", "identity"),
    Step("rename me", "identity"),
    Step("provider", "providers"),
    Step("rename shop", "providers"),
    Step("notifications", "notifications"),
    Step("preferences", "notifications"),
    Step("activity", "analytics", 2),
    Step("bookings", "booking", 0),
    Step("bill", "payments", 0),
    Step("methods", "payments", 0),
)
INSTEAD: Final = {"book": ["bookings"], "pay": ["bill", "methods"], "cancel": ["bookings"], "see": ["bookings"]}
"""What is asked of the same service where there is nothing to book, to pay, to cancel or to see."""
SERVICE_OF: Final = {step.name: step.service for step in STEPS}
DECK: Final = [step.name for step in STEPS for _ in range(step.cards)]


def deal(deck: list[str], dice: Random) -> str:
    """The next card; an empty deck is filled up and shuffled first. So no step is ever long in coming."""
    if not deck:
        deck.extend(dice.sample(DECK, len(DECK)))
    return deck.pop()


def _availability(_client: Account, shop: Shop, _dice: Random) -> Call:
    day = str((datetime.now(ZONE) + timedelta(days=1)).date())
    query = {"serviceId": shop.service_id, "from": day, "to": day}
    return Call("GET", "/api/v1/availability", shop.vertical, query=query)


def _rename_me(client: Account, shop: Shop, dice: Random) -> Call:
    """A name that it has not: what changes nothing would publish nothing."""
    body = {"name": f"Ana Gómez {dice.randrange(10**6)}"}
    return Call("PATCH", "/api/v1/me", shop.vertical, client.token, body)


def _rename_shop(_client: Account, shop: Shop, dice: Random) -> Call:
    body = {"displayName": f"{shop.name} {dice.randrange(10**6)}"}
    return Call("PATCH", f"/api/v1/providers/{shop.provider_id}", shop.vertical, shop.owner.token, body)


def _activity(client: Account, shop: Shop, _dice: Random) -> Call:
    body = {"name": "view_provider", "providerId": shop.provider_id}
    return Call("POST", "/api/v1/analytics/action", shop.vertical, client.token, body)


Simple = Callable[[Account, Shop, Random], Call]
SIMPLE: Final[Mapping[str, Simple]] = {
    "availability": _availability,
    "me": lambda client, shop, _: Call("GET", "/api/v1/me", shop.vertical, client.token),
    "rename me": _rename_me,
    "provider": lambda _, shop, __: Call("GET", f"/api/v1/providers/{shop.provider_id}", shop.vertical),
    "rename shop": _rename_shop,
    "notifications": lambda client, shop, _: Call("GET", "/api/v1/notifications", shop.vertical, client.token),
    "preferences": lambda client, shop, _: Call("GET", "/api/v1/notification-preferences", shop.vertical, client.token),
    "activity": _activity,
    "bookings": lambda client, shop, _: Call("GET", "/api/v1/bookings", shop.vertical, client.token),
    "methods": lambda _, shop, __: Call("GET", "/api/v1/payments/methods", shop.vertical),
}
"""What one request does, whatever was done before."""
