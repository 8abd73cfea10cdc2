"""Kill switches: what an operator has turned off for new payments. Those begun, and all money on its way, go on."""

from dataclasses import dataclass
from enum import StrEnum

from common.errors import Refusal


class Method(StrEnum):
    """A way to pay that we offer."""

    CHECKOUT_PRO = "checkout_pro"
    CARD = "card"
    RAPIPAGO = "rapipago"
    PAGOFACIL = "pagofacil"
    TRANSFER = "transfer"
    CREDIT = "credit"


class PaymentsPaused(Refusal):
    """New payments are switched off for now."""

    retry_after = 60


class MethodPaused(Refusal):
    """This way to pay is switched off for now."""

    retry_after = 60


@dataclass(frozen=True, slots=True)
class Switches:
    """All payments, or one way to pay."""

    paused: bool = False
    paused_methods: frozenset[Method] = frozenset()

    def admit(self, method: Method) -> None:
        """PaymentsPaused or MethodPaused when no new payment may be begun that way."""
        if self.paused:
            raise PaymentsPaused
        if method in self.paused_methods:
            raise MethodPaused

    def offered(self, method: Method) -> bool:
        """Whether it is on offer now."""
        return not self.paused and method not in self.paused_methods

    def others(self, method: Method) -> list[Method]:
        """What else may be tried at once; cash takes days and is no way out."""
        return [each for each in (Method.CHECKOUT_PRO, Method.CARD) if each is not method and self.offered(each)]
