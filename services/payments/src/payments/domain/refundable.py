"""How much of a charge can be given back: what is left of it, what is promised already, and who took the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from payments.domain.charge import CONTESTED, Charge
from payments.domain.position import Place
from payments.domain.refund import (
    BY_PEOPLE,
    NothingToRefund,
    Refund,
    RefundOrigin,
    RefundStatus,
    RefundTooLate,
    RefundWhileDisputed,
)

REFUNDABLE_FOR: Final = timedelta(days=180)
"""MercadoPago gives back no payment that is older."""
RESERVED: Final = frozenset({RefundStatus.AWAITING_APPROVAL, RefundStatus.DUE, RefundStatus.SENT})
"""Not given back yet, and promised to the payer."""


def fitted(charge: Charge, refund: Refund) -> Refund | None:
    """The refund within what the charge captured and did not give back yet; None when it cannot be made.

    Booking asks before it has heard of all that others gave back, and a second payment may be given back by others,
    too: then the rest goes back. People are told instead.
    """
    if refund.amount <= charge.left:
        return refund
    is_fixed = refund.origin in BY_PEOPLE or refund.found_id is not None
    return None if is_fixed or not charge.left.minor > 0 else refund.cut_to(charge.left)


def is_explained(charge: Charge, wanted: Refund, refunds: Sequence[Refund]) -> bool:
    """Whether what is missing for it was given back by others than who wants it; `refunds` are the charge's others.

    Who wants more than there is after what it took itself is mistaken: that explains nothing.
    """
    own = _own(wanted.origin)
    by_others = sum(
        each.amount.minor for each in refunds if each.status is RefundStatus.DONE and each.origin not in own
    )
    return wanted.amount.minor - charge.left.minor <= by_others


def _own(origin: RefundOrigin) -> frozenset[RefundOrigin]:
    """Whose refunds the same party knows of. Of a second payment nobody wants anything back but we."""
    if origin in BY_PEOPLE:
        return BY_PEOPLE
    return frozenset() if origin is RefundOrigin.SURPLUS else frozenset({origin})


def left_to_ask(charge: Charge | None, refunds: Sequence[Refund], now: datetime, paid_at: datetime | None) -> Money:
    """What a person may still ask back of a charge: its money, less what is promised already.

    At the bank that is also what people still have to transfer.

    `refunds` are the intent's; those without a charge yet are of the charge that counts. NothingToRefund,
    RefundTooLate, RefundWhileDisputed.
    """
    if charge is None:
        raise NothingToRefund
    if charge.status in CONTESTED:
        raise RefundWhileDisputed
    if paid_at is not None and now - paid_at > REFUNDABLE_FOR and charge.at is not Place.CREDIT:
        raise RefundTooLate
    reserved = RESERVED | {RefundStatus.BLOCKED} if charge.at is Place.BANK else RESERVED
    promised = Money(
        sum(each.amount.minor for each in refunds if each.status in reserved and each.charge_id in (None, charge.id)),
        charge.captured.currency,
    )
    return charge.left - promised


def asked_by_people(refunds: Sequence[Refund]) -> Money:
    """What people asked back of an intent without a second person's word: many small ones add up."""
    return Money(
        sum(
            each.amount.minor
            for each in refunds
            if each.origin in BY_PEOPLE
            and each.decided_by is None
            and each.status is not RefundStatus.AWAITING_APPROVAL
        )
    )
