"""A MercadoPago that is late, tells things twice or never, and shows what is not so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from tests.simulation.provider import Provider

from common.money import Money
from payments.domain.charge import ChargeId, ChargeStatus, Snapshot


class Lie(StrEnum):
    """What is not so about a payment."""

    AMOUNT = "amount"
    CURRENCY = "currency"
    COLLECTOR = "collector"
    NO_REFERENCE = "no reference"
    FOREIGN_REFERENCE = "foreign reference"
    IMPOSSIBLE_MOVE = "impossible move"
    REFUND_SUM = "refund sum"


CASES: Final[Mapping[Lie, str]] = {
    Lie.AMOUNT: "amount_differs",
    Lie.CURRENCY: "currency_differs",
    Lie.COLLECTOR: "collector_differs",
    Lie.FOREIGN_REFERENCE: "intent_differs",
    Lie.IMPOSSIBLE_MOVE: "illegal_move",
    Lie.REFUND_SUM: "refund_sum_differs",
}
"""The case each is kept as. What names no intent of ours is an orphan, which the webhook keeps."""

_NOT_YET: Final = (ChargeStatus.PENDING, ChargeStatus.IN_PROCESS, ChargeStatus.AUTHORIZED)
_NEVER: Final = (ChargeStatus.REJECTED, ChargeStatus.CANCELLED)
# As the facts have it, written here a second time on purpose: what a payment known to be so cannot become.
IMPOSSIBLE: Final[Mapping[ChargeStatus, Sequence[ChargeStatus]]] = {
    ChargeStatus.PENDING: (),
    ChargeStatus.IN_PROCESS: (),
    ChargeStatus.AUTHORIZED: (ChargeStatus.REJECTED,),
    ChargeStatus.APPROVED: (*_NOT_YET, *_NEVER),
    ChargeStatus.IN_MEDIATION: (*_NOT_YET, *_NEVER),
    ChargeStatus.CHARGED_BACK: (*_NOT_YET, *_NEVER),
    ChargeStatus.REFUNDED: (*_NOT_YET, *_NEVER, ChargeStatus.APPROVED),
    ChargeStatus.REJECTED: (ChargeStatus.APPROVED, ChargeStatus.PENDING, ChargeStatus.REFUNDED),
    ChargeStatus.CANCELLED: (ChargeStatus.APPROVED, ChargeStatus.PENDING, ChargeStatus.REFUNDED),
}


@dataclass
class Liar(Provider):
    """`history` is everything that was ever so, oldest first; `shown` what is shown in place of the truth."""

    history: list[Snapshot] = field(default_factory=list)

    def begin_anew(self) -> None:
        """Nothing is known of earlier examples; ids go on."""
        tick = self.tick + 1
        self.__dict__ = dict(Liar(tick=tick, first_tick=tick, clock=self.clock).__dict__)

    async def find_payments(self, external_reference: str) -> Sequence[Snapshot]:
        """What is shown singly is shown in lists too."""
        return [self.shown.get(each.id, each) for each in await super().find_payments(external_reference)]

    def keep(self, charge_id: ChargeId, fee: Money, withheld: Money, *, released: bool) -> None:
        """It takes its fee and taxes, and lets the rest go."""
        known = self.charges[charge_id]
        self.charges[charge_id] = replace(known, fee=fee, withheld=withheld, released=released, updated_at=self._now())
        self._notify(charge_id)

    def older(self, charge_id: ChargeId, which: int) -> Snapshot:
        """The payment as it once was."""
        was = [each for each in self.history if each.id == charge_id]
        return was[which % len(was)]

    def lied(self, charge_id: ChargeId, lie: Lie, known: ChargeStatus, foreign: str | None, which: int) -> Snapshot:
        """The payment as it is not, and newer than anything that is known. `known` is what we believe it to be."""
        true = replace(self.charges[charge_id], updated_at=self._now())
        if lie is Lie.AMOUNT:
            return replace(true, amount=true.amount + Money(1 + which))
        if lie is Lie.CURRENCY:
            return replace(true, amount=Money(true.amount.minor, "USD"))
        if lie is Lie.COLLECTOR:
            return replace(true, collector_id="1")
        if lie is Lie.REFUND_SUM:
            return replace(true, refunded=true.refunded + Money(1 + which))
        if lie is Lie.IMPOSSIBLE_MOVE:
            return replace(true, status=IMPOSSIBLE[known][which % len(IMPOSSIBLE[known])])
        return replace(true, external_reference=foreign)

    def _notify(self, charge_id: ChargeId) -> None:
        super()._notify(charge_id)
        self.history.append(self.charges[charge_id])
