"""Payments as they are outside: what MercadoPago and the bank have done with money, whatever is known of it here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.simulation.provider import LOST, Provider

from payments.domain.charge import TAKEN, ChargeStatus, Snapshot
from payments.domain.reference import parse_reference

Row = Mapping[str, Any]
BY_BOOKING = frozenset({"booking", "surplus"})
"""Origins of refunds that nobody but the rules asked for."""


@dataclass(frozen=True)
class Paid:
    """One payment, in centavos. `by_others` is what people gave back of it, here or elsewhere, and mediations."""

    id: str
    intent_id: UUID
    taken: int
    back: int
    lost: int
    by_others: int
    elsewhere: bool
    """Whether any of it went back that nobody asked for here."""
    surplus: bool
    entangled: bool
    """Whether it was ever contested, or one of its refunds failed."""

    @property
    def net(self) -> int:
        """What stays with us."""
        return self.taken - self.back - self.lost


def payments_outside(provider: Provider, charges: Iterable[Row], refunds: Iterable[Row]) -> list[Paid]:
    """Every payment at MercadoPago that is of an intent; which of two counts and who asked is told by the rows."""
    surplus = {row["id"] for row in charges if row["surplus"]}
    rows = list(refunds)
    contested = {each for dispute in provider.disputes.values() for each in dispute.charge_ids}
    found = []
    for charge in provider.charges.values():
        reference = parse_reference(charge.external_reference)
        if reference is None:
            continue
        found.append(
            Paid(
                id=charge.id,
                intent_id=reference.intent_id,
                taken=taken_of(charge),
                back=charge.refunded.minor,
                lost=lost_of(charge),
                by_others=_by_others(provider, charge, rows),
                elsewhere=any(each.id in provider.elsewhere for each in charge.refunds),
                surplus=charge.id in surplus,
                entangled=charge.id in contested or any(each.failed for each in charge.refunds),
            )
        )
    return found


def taken_of(charge: Snapshot) -> int:
    """What the provider took, in centavos, whatever became of it later."""
    return charge.amount.minor if charge.status in TAKEN else 0


def lost_of(charge: Snapshot) -> int:
    """What a dispute took away."""
    lost = charge.status is ChargeStatus.CHARGED_BACK and charge.detail == LOST
    return charge.amount.minor - charge.refunded.minor if lost else 0


def _by_others(provider: Provider, charge: Snapshot, refunds: list[Row]) -> int:
    """All that went back but what the rules asked for.

    A refund made elsewhere passes for one of ours of the same amount whose own never came to be: that is promised.
    """
    done = {each.id: each.amount.minor for each in charge.refunds if each.done}
    total = sum(done.values())
    for row in refunds:
        if row["origin"] in BY_BOOKING:
            mine = provider.made_under(f"rf:{row['id']}{again}" for again in ("", ":r1", ":r2", ":r3")) & done.keys()
            total -= sum(done[each] for each in mine)
            if not mine and row["status"] == "done" and row["charge_id"] == charge.id:
                total -= row["amount_minor"]
    return total
