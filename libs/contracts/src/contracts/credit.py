"""What payments tells of clients' credit: what the platform owes a client in services."""

from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact
from contracts.ids import AccountId, CreditId


class CreditGranted(Fact):
    """A client was given credit, to pay bookings of this vertical with; told once, when it can be spent."""

    owner: ClassVar[str] = "payments"
    topic: ClassVar[str] = "credit.granted"

    credit_id: CreditId
    client_id: AccountId
    amount: Amount
    reason: str
    """`goodwill`, `correction` or `promotion`."""

    @property
    def subject(self) -> UUID:
        return self.credit_id


FACTS: Final[tuple[type[Fact], ...]] = (CreditGranted,)
