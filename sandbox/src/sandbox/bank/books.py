"""What moved on our account: the bank's own record, in the order it happened."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from sandbox import clock
from sandbox.bodies import JsonObject
from sandbox.money import to_text
from sandbox.store import Store

Kind = Literal["transfer_in", "transfer_out", "transfer_returned", "mp_withdrawal"]


@dataclass(frozen=True, slots=True)
class Movement:
    """Centavos that came (positive) or left, and whose account they came from."""

    kind: Kind
    amount: int
    reference: str
    origin_cbu: str
    origin_cuit: str
    batch_id: str | None = None
    batch_item: str | None = None


def add(store: Store, movement: Movement, now: int) -> JsonObject:
    """Write one, inside the caller's transaction; as the bank shows it."""
    number = store.run(
        "INSERT INTO bank_movement (at_ms, kind, amount, reference, origin_cbu, origin_cuit, batch_id, batch_item)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            now,
            movement.kind,
            movement.amount,
            movement.reference,
            movement.origin_cbu,
            movement.origin_cuit,
            movement.batch_id,
            movement.batch_item,
        ),
    )
    return as_shown(store.all("SELECT * FROM bank_movement WHERE seq = ?", (number,))[0])


def page(store: Store, after: int, limit: int) -> list[sqlite3.Row]:
    """Oldest first, from the sequence number `after` on."""
    return store.all("SELECT * FROM bank_movement WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))


def balance(store: Store) -> int:
    """Centavos on our account; it starts at nothing, and may go below."""
    return store.count("SELECT sum(amount) FROM bank_movement")


def as_shown(row: sqlite3.Row) -> JsonObject:
    """A movement in the bank's JSON."""
    return {
        "id": str(row["seq"]),
        "at": clock.rfc3339(row["at_ms"]),
        "kind": row["kind"],
        "amount": to_text(row["amount"]),
        "currency": "ARS",
        "reference": row["reference"],
        "origin_cbu": row["origin_cbu"],
        "origin_cuit": row["origin_cuit"],
        "batch": row["batch_id"],
        "batch_item": row["batch_item"],
    }
