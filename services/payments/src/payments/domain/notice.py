"""A notification as it arrived, before anything is believed of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class Topic(StrEnum):
    """What notifications that we look into are about."""

    PAYMENT = "payment"
    ORDER = "merchant_order"
    CHARGEBACK = "chargeback"
    CLAIM = "claim"


TOPICS: Final[Mapping[str, Topic]] = {
    "payment": Topic.PAYMENT,
    "merchant_order": Topic.ORDER,
    "topic_merchant_order_wh": Topic.ORDER,
    "chargebacks": Topic.CHARGEBACK,
    "topic_chargebacks_wh": Topic.CHARGEBACK,
    "claim": Topic.CLAIM,
    "topic_claims_integration_wh": Topic.CLAIM,
}
"""MercadoPago's names, of webhooks and of the old unsigned form alike."""
KEPT_ONLY: Final = frozenset({"mp-connect"})
"""Known, and nothing can be fetched about it: a seller let our application in or out."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`topic` and `resource_id` are empty where the sender gave none that could be one; `body` is raw."""

    topic: str
    resource_id: str
    request_id: str
    body: bytes

    @property
    def resource_key(self) -> str:
        """What duplicates are coalesced by."""
        return f"{self.topic}:{self.resource_id}"

    @property
    def about(self) -> Topic | None:
        """What is to be looked into; None when there is nothing to."""
        return TOPICS.get(self.topic) if self.resource_id else None

    @property
    def label(self) -> str:
        """The topic where it is one that we know: a stranger's text is no label."""
        return self.topic if self.topic in TOPICS or self.topic in KEPT_ONLY else "unknown"


def name_or_nothing(text: str) -> str:
    """The text when it can be an id or a topic, else nothing: what is stored is never more than that."""
    return text if _NAME.fullmatch(text) else ""
