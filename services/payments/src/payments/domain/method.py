"""What a payer pays with beside MercadoPago's own page: a card's token, or cash at a counter.

Tokens and payers are named to MercadoPago alone: they show in no `repr`, so in no log or trace either.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final, Self

from common.errors import Refusal
from payments.domain.switches import Method

CASH: Final = frozenset({Method.RAPIPAGO, Method.PAGOFACIL})
"""Paid at a counter with a ticket; the money takes days."""
SLOW: Final = CASH | {Method.TRANSFER}
"""The booking is held for days."""
INSTALLMENTS: Final = (1, 3, 6, 9, 12)
"""What is offered. MercadoPago knows others too."""


MOST_ATTEMPTS: Final = 10
"""Per payment. Whoever tries more cards than that is trying out cards."""


class TooManyAttempts(Refusal):
    """Too many cards were tried for this payment."""


class CardDeclined(Refusal):
    """The card was declined; another one may be tried."""


class CardTokenUnusable(Refusal):
    """The card's token is unknown, expired or was used before."""


class InstallmentsNotOffered(Refusal):
    """The card is not offered this many installments for this amount."""


class PayerRefused(Refusal):
    """MercadoPago does not accept what was said of the payer."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as MercadoPago demands to know."""

    email: str = field(repr=False)
    id_type: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """A card by the token that MercadoPago's own script made of it; `method_id` is its brand there."""

    token: str = field(repr=False)
    method_id: str
    installments: int
    issuer_id: str | None = None

    @property
    def token_print(self) -> bytes:
        """Tells a token that was tried before, without being one: it is drawn at random."""
        return sha256(self.token.encode()).digest()


@dataclass(frozen=True, slots=True)
class Means:
    """What one attempt is paid with; `card` for Method.CARD alone."""

    method: Method
    payer: Payer
    card: Card | None = None

    @property
    def method_id(self) -> str:
        """MercadoPago's payment method."""
        return self.card.method_id if self.card is not None else self.method.value

    def kept(self) -> dict[str, Any]:
        """As it is kept while its attempt is undecided."""
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """The means that were kept."""
        card = Card(**kept["card"]) if kept["card"] is not None else None
        return cls(Method(kept["method"]), Payer(**kept["payer"]), card)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where cash is paid: the page to print, and the code that the cashier asks for."""

    url: str
    code: str | None


_BY_CODE: Final[Mapping[str, type[Refusal]]] = {
    **dict.fromkeys(("109", "3026", "4004", "4005"), InstallmentsNotOffered),
    **dict.fromkeys(("2006", "2062", "3000", "3003"), CardTokenUnusable),
    **dict.fromkeys(("2034", "2067", "4050", "4051"), PayerRefused),
    **dict.fromkeys(("3001", "3012", "3028", "3029", "3030", "3032", "10103"), CardDeclined),
}


def refusal_of(codes: frozenset[str]) -> Refusal | None:
    """The refusal for MercadoPago's codes; None when they blame nothing that the payer said."""
    known = sorted(codes & _BY_CODE.keys())
    return _BY_CODE[known[0]]() if known else None
