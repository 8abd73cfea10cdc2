"""The position: where the money of one charge stands, as balances of accounts.

It is reckoned from the charge's state alone, and an entry is the difference between two positions. So whatever order
captures, refunds, disputes and the service itself come in, the accounts end the same, to the centavo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from common.money import Money
from payments.domain.tariff import NOTHING_KEPT, Tariff


class Account(StrEnum):
    """+ is what we have (or lost), - what we owe (or earned)."""

    PSP_CLEARING = "psp_clearing"
    """Captured by MercadoPago and not released yet."""
    PSP_AVAILABLE = "psp_available"
    """Released: it can be withdrawn to the bank."""
    BANK = "bank"
    BOOKING_HELD = "booking_held"
    """Owed to whoever will turn out to have a right to it: the service is still to come."""
    CLIENT_CREDIT = "client_credit"
    """Owed to clients in services: the sum of their credits (`domain/credit.py`)."""
    PROVIDER_PAYABLE = "provider_payable"
    COMMISSION_REVENUE = "commission_revenue"
    VAT_PAYABLE = "vat_payable"
    PSP_FEES = "psp_fees"
    TAX_WITHHELD = "tax_withheld"
    DISPUTE_HOLD = "dispute_hold"
    """Kept back by MercadoPago while the payer contests it."""
    CHARGEBACK_LOSS = "chargeback_loss"
    """What MercadoPago kept of payments that went back by a dispute: the platform's loss. The rest of such a payment is
    taken back from whoever had it, so that a provider who was paid out already owes it (`provider_payable` above zero).
    """
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    SUSPENSE = "suspense"
    """Money nobody can explain yet."""


class Place(StrEnum):
    """Who has the money of a charge for us."""

    MERCADOPAGO = "mercadopago"
    BANK = "bank"
    CREDIT = "credit"
    """Nobody: the client paid with what we owed it."""


Balances = Mapping[Account, Money]


@dataclass(frozen=True, slots=True)
class Position:
    """The state of a charge as far as money goes. All amounts are parts of `captured`.

    `returned` went back to the payer; `contested` is kept back in a dispute that goes on; `lost` went back by one.
    `fee` and `withheld` are MercadoPago's own, `earned` says that the provider has a right to what is left,
    `released` that MercadoPago lets us have it, `tariff` what we keep of it, `at` who has it.
    """

    captured: Money
    returned: Money
    contested: Money
    lost: Money
    fee: Money
    withheld: Money
    earned: bool = False
    released: bool = False
    tariff: Tariff = NOTHING_KEPT
    at: Place = Place.MERCADOPAGO

    @classmethod
    def nothing(cls, currency: str) -> "Position":
        """Before anything was captured."""
        zero = Money.zero(currency)
        return cls(zero, zero, zero, zero, zero, zero)

    def balances(self) -> dict[Account, Money]:
        """The accounts that are not at zero; they always sum to zero."""
        there = self.captured - self.returned - self.lost - self.contested - self.fee - self.withheld
        found = {
            self._account(): there,
            Account.CHARGEBACK_LOSS if self.lost else Account.PSP_FEES: self.fee,
            Account.TAX_WITHHELD: self.withheld,
            Account.DISPUTE_HOLD: self.contested,
            **self._owed(),
        }
        return {account: amount for account, amount in found.items() if amount}

    def _account(self) -> Account:
        if self.at is not Place.MERCADOPAGO:
            return Account.BANK if self.at is Place.BANK else Account.CLIENT_CREDIT
        return Account.PSP_AVAILABLE if self.released else Account.PSP_CLEARING

    def _owed(self) -> dict[Account, Money]:
        gone = self.returned + self.lost
        if not self.earned:
            return {Account.BOOKING_HELD: _negative(self.captured - gone)}
        # What is contested is nobody's until that is decided.
        split = self.tariff.split(self.captured, gone + self.contested)
        return {
            Account.BOOKING_HELD: _negative(self.contested),
            Account.PROVIDER_PAYABLE: _negative(split.provider),
            Account.COMMISSION_REVENUE: _negative(split.commission),
            Account.VAT_PAYABLE: _negative(split.vat),
        }


def difference(before: Balances, after: Balances) -> dict[Account, Money]:
    """What has to be posted to come from one to the other: one line for each account that moves, assets first."""
    moved: dict[Account, Money] = {}
    for account in (one for one in Account if one in before or one in after):
        zero = Money.zero((after.get(account) or before[account]).currency)
        change = after.get(account, zero) - before.get(account, zero)
        if change:
            moved[account] = change
    return moved


def _negative(amount: Money) -> Money:
    return Money(-amount.minor, amount.currency)
