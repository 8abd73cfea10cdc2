"""A notification as it arrived, before anything is believed of it."""

import re
from dataclasses import dataclass
from typing import Final

PAYMENT: Final = "payment"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")


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
    def is_about_a_payment(self) -> bool:
        return self.topic == PAYMENT and bool(self.resource_id)


def name_or_nothing(text: str) -> str:
    """The text when it can be an id or a topic, else nothing: what is stored is never more than that."""
    return text if _NAME.fullmatch(text) else ""
