"""A client's bank transfer: the reference by which it is known again, and what it is once it has come.

A reference is `BP` and eight characters that a person can type: seven drawn from the payment's id and one that tells a
slip of the finger. It carries no vertical: whoever matches looks in each.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from common.errors import Refusal
from common.money import Money
from contracts.ids import PaymentId
from payments.domain.bank import Movement, MovementKind
from payments.domain.charge import Charge, ChargeId, ChargeStatus, RefundSeen, Snapshot
from payments.domain.intent import Intent
from payments.domain.ledger import Entry, EntryKind, Posting
from payments.domain.position import Account, Place
from payments.domain.reference import Reference

TRANSFER_DAYS: Final = 2
"""How long a transfer may be made."""
METHOD: Final = "transfer"
_PREFIX: Final = "BP"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nothing that is easily taken for something else."""
_ALIKE: Final = str.maketrans("OIL", "011")
_DIGITS: Final = 7
_BITS: Final = 5
_OVERFLOW: Final = 0b100101
"""x^5 + x^2 + 1, which makes a field of 32 elements: every wrong character and every swapped pair shows."""
_MOST_CODES: Final = 4


class TransferDiffers(Refusal):
    """The transfer is of another amount than what is left to pay."""


class TransferSettled(Refusal):
    """It is known already what the transfer is about, or it is just being found out."""


def code_of(payment_id: PaymentId) -> str:
    """The payment's reference. Two payments may have the same, once in 34 thousand million."""
    drawn = int.from_bytes(sha256(payment_id.bytes).digest()[:8])
    digits = [drawn >> _BITS * at & len(_ALPHABET) - 1 for at in range(_DIGITS)]
    return _PREFIX + "".join(_ALPHABET[each] for each in (*digits, _check(digits)))


def codes_in(text: str | None) -> list[str]:
    """Every reference in a transfer's text, whatever stands around and inside it; at most a few."""
    plain = re.sub(r"[^0-9A-Z]", "", (text or "").upper())
    found = dict.fromkeys(_read(plain[each.end() :]) for each in re.finditer(_PREFIX, plain))
    return [code for code in found if code is not None][:_MOST_CODES]


def kept_of(text: str | None) -> str | None:
    """What of a transfer's text is of use once it is old; the rest is the payer's, often a name."""
    return " ".join(codes_in(text)) or None


def _read(rest: str) -> str | None:
    typed = rest[: _DIGITS + 1].translate(_ALIKE)
    if len(typed) <= _DIGITS or not set(typed) <= set(_ALPHABET):
        return None
    digits = [_ALPHABET.index(each) for each in typed]
    return _PREFIX + typed if _check(digits[:-1]) == digits[-1] else None


def _check(digits: Iterable[int]) -> int:
    found = 0
    for each in digits:
        found = (found ^ each) << 1
        found ^= _OVERFLOW if found & len(_ALPHABET) else 0
    return found


def charge_id_of(movement_id: str) -> ChargeId:
    """The name of a transfer's money among charges, and of one that gave some back among refunds."""
    return ChargeId(f"bank:{movement_id}")


def movement_id_of(charge_id: ChargeId) -> str:
    """The movement behind a charge at the bank."""
    return charge_id.removeprefix("bank:")


def arrived(scope: str, intent: Intent, movement: Movement) -> Snapshot:
    """The transfer as a payment of that intent. Nobody keeps a fee of it, and it is ours at once."""
    nothing = Money.zero(movement.amount.currency)
    return Snapshot(
        id=charge_id_of(movement.id),
        external_reference=str(Reference(scope, intent.id)),
        collector_id=intent.collector_id,
        status=ChargeStatus.APPROVED,
        detail="transferred",
        amount=movement.amount,
        refunded=nothing,
        method=METHOD,
        updated_at=movement.at,
        fee=nothing,
        withheld=nothing,
        released=True,
        approved_at=movement.at,
        at=Place.BANK,
    )


def went_back(
    scope: str, intent: Intent, charge: Charge, refunds: Iterable[RefundSeen], movement: Movement
) -> Snapshot:
    """The charge after one more transfer back; `refunds` are those that were made before."""
    sent = Money(-movement.amount.minor, movement.amount.currency)
    made = (*refunds, RefundSeen(charge_id_of(movement.id), sent, done=True))
    return charge.after(made, str(Reference(scope, intent.id)), intent.collector_id, movement.at)


def is_left_of(intent: Intent, movement: Movement) -> bool:
    """Whether the transfer is just what is still to be paid."""
    return movement.kind is MovementKind.TRANSFER_IN and movement.amount == intent.amount - intent.captured


def explained_entry(movement: Movement) -> Entry:
    """Out of suspense: a vertical's ledger has it from now on."""
    back = Money(-movement.amount.minor, movement.amount.currency)
    lines = (Posting(Account.BANK, back), Posting(Account.SUSPENSE, movement.amount))
    return Entry(EntryKind.SUSPENSE, f"bank-matched:{movement.id}", lines)
