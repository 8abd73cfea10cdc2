"""`external_reference`: how a payment at MercadoPago finds its way back to a vertical and an intent."""

from dataclasses import dataclass
from uuid import UUID

from contracts.ids import PaymentId


@dataclass(frozen=True, slots=True)
class Reference:
    """`{vertical}.{intent id}`."""

    vertical: str
    intent_id: PaymentId

    def __str__(self) -> str:
        return f"{self.vertical}.{self.intent_id}"


def parse_reference(text: str | None) -> Reference | None:
    """None for anything that is not exactly what we write."""
    vertical, dot, rest = (text or "").partition(".")
    try:
        found = Reference(vertical, PaymentId(UUID(rest)))
    except ValueError:
        return None
    return found if dot and str(found) == text else None
