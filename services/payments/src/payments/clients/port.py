"""MercadoPago as the use cases see it: a few verbs, and errors that say whether anything may have happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.money import Money
from payments.clients.listing import Listings
from payments.domain.charge import ChargeId, RefundSeen, Snapshot
from payments.domain.dispute import DisputeId, DisputeSeen
from payments.domain.document import Document
from payments.domain.installments import PayerCost
from payments.domain.method import Means


class MercadoPagoError(Exception):
    """MercadoPago did not do what was asked, or did not say so. Its text is a short code, never a reply's content."""

    def __init__(self, text: str, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        """Seconds MercadoPago asked us to wait."""


class UnansweredError(MercadoPagoError):
    """It may or may not have been done: a time-out, a broken connection, a 5xx, a reply that is no JSON."""


class BrokenDownError(UnansweredError):
    """It says itself, whole and in its own words, that it failed: a search can tell whether anything was done."""


class NotAcceptedError(MercadoPagoError):
    """It was certainly not done and may be asked again: nobody listens, too many requests, no free connection."""


class RefusedError(MercadoPagoError):
    """It was refused for good: `status` is HTTP's, `codes` are MercadoPago's causes."""

    def __init__(self, status: int, codes: frozenset[str] = frozenset()) -> None:
        super().__init__(f"http-{status}" + "".join(f" {code}" for code in sorted(codes)))
        self.status, self.codes = status, codes


class MissingError(RefusedError):
    """There is no such thing there, or not yet."""


class UnreadableError(MercadoPagoError):
    """A reply that is not what MercadoPago documents."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a payer is offered on the hosted page. `expires_at` is when the page stops taking payments."""

    external_reference: str
    title: str
    amount: Money
    expires_at: datetime
    notification_url: str
    back_urls: dict[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """A payment made by us with what the payer gave. `expires_at` is the ticket's, None for a card."""

    external_reference: str
    title: str
    amount: Money
    notification_url: str
    means: Means
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """A hosted page: `init_point` is its address."""

    id: str
    init_point: str


class MercadoPago(Listings, Protocol):
    """Every verb raises a MercadoPagoError, and nothing else, for what goes wrong outside."""

    async def create_preference(self, offer: Offer, key: str) -> Preference:
        """A hosted page for the offer. MercadoPago may ignore the key: asking twice may make two."""

    async def find_preferences(self, external_reference: str) -> Sequence[str]:
        """Ids of the pages made for this reference, newest first."""

    async def preference(self, preference_id: str) -> Preference:
        """One page. MissingError when there is none."""

    async def close_preference(self, preference_id: str) -> None:
        """The page takes no payment from now on. MissingError when there is none."""

    async def create_payment(self, order: Order, key: str) -> Snapshot:
        """A payment by card or ticket, decided or waiting; the same key and order give the same one.

        A card that is declined is a payment too, rejected. RefusedError: there is none, and never will be.
        """

    async def installments(
        self, amount: Money, bin_digits: str, method_id: str | None, issuer_id: str | None
    ) -> Sequence[PayerCost]:
        """What paying in installments costs with the cards that begin so."""

    async def payment(self, payment_id: ChargeId) -> Snapshot:
        """A payment as it stands. MissingError when there is none, or not yet."""

    async def find_payments(self, external_reference: str) -> Sequence[Snapshot]:
        """Every payment made for this reference, oldest first."""

    async def cancel_payment(self, payment_id: ChargeId) -> Snapshot:
        """Cancel one that is undecided. RefusedError when it is decided already."""

    async def refund(self, payment_id: ChargeId, amount: Money, key: str) -> RefundSeen | None:
        """Give money back; the same key gives it back once. None: done before under this key, and nothing more said."""

    async def merchant_order(self, order_id: str) -> Sequence[ChargeId]:
        """The payments of an order, at most 50. MissingError when there is none, or not yet."""

    async def chargeback(self, chargeback_id: DisputeId) -> DisputeSeen:
        """A chargeback as it stands. MissingError when there is none, or not yet."""

    async def find_chargebacks(self, payment_id: ChargeId) -> Sequence[DisputeSeen]:
        """Every chargeback of a payment, as far as one page goes."""

    async def claim(self, claim_id: DisputeId) -> DisputeSeen:
        """A claim as it stands; without payments when it is not about one. MissingError when there is none."""

    async def document_chargeback(self, chargeback_id: DisputeId, documents: Sequence[Document], key: str) -> None:
        """Hand documents in. What came of an unanswered call shows on the chargeback."""
