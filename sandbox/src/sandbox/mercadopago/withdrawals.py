"""Released money leaves the MercadoPago account: for the bank, or in cash."""

from dataclasses import dataclass
from typing import Literal

from sandbox.bank import books
from sandbox.bank.numbers import whole_cbu
from sandbox.mercadopago import records
from sandbox.store import Store
from sandbox.world import World

Kind = Literal["WITHDRAWAL", "PAYOUT"]

_FROM_CVU = whole_cbu("0000003", "1000000000001")
"""The account the money comes from, as the bank's statement shows it: CVUs of wallets begin with zeros."""
_FROM_CUIT = "30703088534"


class TooMuchError(Exception):
    """More than is available, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Money that left, in centavos."""

    id: int
    type: Kind
    amount: int
    created_ms: int


def available(store: Store, now: int) -> int:
    """Centavos released by now, without what was given back, what disputes keep and what left before."""
    released = store.count(
        "SELECT sum(amount - fee - refunded) FROM payment WHERE approved_ms IS NOT NULL AND release_ms <= ?", (now,)
    )
    kept = store.count(
        "SELECT sum(c.amount) FROM (SELECT payment_id, amount FROM chargeback"
        " WHERE outcome IS NULL OR outcome = 'payer'"
        " UNION ALL SELECT payment_id, amount FROM claim WHERE outcome IS NULL) c"
        " JOIN payment p ON p.id = c.payment_id WHERE p.release_ms <= ?",
        (now,),
    )
    return released - kept - store.count("SELECT sum(amount) FROM withdrawal")


def withdraw(world: World, kind: Kind, amount: int | None, now: int) -> Withdrawal:
    """Take `amount`, or all there is, inside the caller's transaction. Raises TooMuchError."""
    there_is = available(world.store, now)
    taken = there_is if amount is None else amount
    if not 0 < taken <= there_is:
        raise TooMuchError
    made = Withdrawal(records.next_id(world.store, "withdrawal", now), kind, taken, now)
    world.store.run(
        "INSERT INTO withdrawal (id, type, amount, created_ms) VALUES (?, ?, ?, ?)",
        (made.id, made.type, made.amount, made.created_ms),
    )
    if kind == "WITHDRAWAL":
        books.add(
            world.store,
            books.Movement("mp_withdrawal", taken, str(made.id), _FROM_CVU, _FROM_CUIT),
            now,
        )
    return made
