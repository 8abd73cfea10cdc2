"""What notifications' use cases are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.service import Context
from common.verticals import Vertical
from notifications.clients import Sender
from notifications.domain.dossier import House
from notifications.domain.letter import Niche
from notifications.domain.notification import Channel

_CANCEL = "Cancelá"


@dataclass(frozen=True)
class NotificationsContext(Context):
    """The channels, the keys that open contacts, and where clients reach the product.

    A paused channel sends nothing; its messages stay due.
    """

    senders: Mapping[Channel, Sender]
    contact_keys: Mapping[str, bytes] = field(repr=False)
    public_url: str
    paused: frozenset[Channel] = frozenset()


def known_channels(vertical: Vertical) -> tuple[Channel, ...]:
    """The vertical's channels, best first, as far as this service has them."""
    known = {channel.value for channel in Channel}
    return tuple(Channel(name) for name in dict.fromkeys(vertical.channels.confirmations) if name in known)


def house(vertical: Vertical) -> House:
    """What the vertical decides about its messages."""
    return House(known_channels(vertical), vertical.privacy.messages_name_service)


def niche(vertical: Vertical) -> Niche:
    """What the vertical calls things in messages."""
    terms = vertical.terms
    return Niche(terms.client, terms.appointment, terms.place, vertical.texts.get("cancel", _CANCEL))
