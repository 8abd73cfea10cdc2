"""A payment and its refunds as stored; `views` shows them as MercadoPago does."""

import sqlite3
from dataclasses import dataclass, replace

from sandbox.mercadopago.catalog import Status
from sandbox.store import Store

_ID_EPOCH_MS = 1_600_000_000_000
"""Ids count milliseconds from here: twelve digits that keep growing, also after the data were emptied."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. Amounts are centavos, `*_ms` are milliseconds since 1970, `version` counts its changes.

    `card` is JSON with first and last digits and expiry, never a number; `financing` is paid by the payer on top of
    `amount`.
    """

    id: int
    preference_id: str | None
    external_reference: str | None
    status: Status
    status_detail: str
    amount: int
    refunded: int
    fee: int
    method: str
    method_type: str
    holder: str
    installments: int
    description: str | None
    notification_url: str | None
    metadata: str
    version: int
    created_ms: int
    updated_ms: int
    approved_ms: int | None
    expires_ms: int | None
    release_ms: int | None
    issuer_id: str | None = None
    card: str | None = None
    financing: int = 0

    @property
    def remaining(self) -> int:
        """What can still be given back."""
        return self.amount - self.refunded

    @property
    def captured(self) -> int:
        """What the collector holds of it now, before fees: the figure the ledger is checked against."""
        return self.remaining if self.approved_ms is not None else 0

    @property
    def total_paid(self) -> int:
        """What the payer's card is charged: the amount and what the bank takes for the instalments."""
        return self.amount + self.financing


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for one payment, in centavos."""

    id: int
    payment_id: int
    amount: int
    idempotency_key: str
    created_ms: int


def next_id(store: Store, table: str, now: int) -> int:
    """A numeric id above all ids of the table."""
    last = store.count(f"SELECT max(id) FROM {table}")  # noqa: S608  names of our own tables
    return max(last + 1, now - _ID_EPOCH_MS)


def find(store: Store, payment_id: int | str) -> Payment | None:
    """The payment with this id; None for anything that is no id."""
    if not str(payment_id).isdecimal() or len(str(payment_id)) > 18:
        return None
    row = store.one("SELECT * FROM payment WHERE id = ?", (int(payment_id),))
    return None if row is None else from_row(row)


def from_row(row: sqlite3.Row) -> Payment:
    """A row of the payment table, whole."""
    fields = dict(row)
    fields["status"] = Status(fields["status"])
    return Payment(**fields)


def insert(store: Store, payment: Payment) -> None:
    """Write a new payment."""
    fields = Payment.__slots__
    marks = ", ".join(f":{name}" for name in fields)
    store.run(f"INSERT INTO payment ({', '.join(fields)}) VALUES ({marks})", _columns(payment))  # noqa: S608  our own fields


def change(
    store: Store, payment: Payment, now: int, status: Status, detail: str, refunded: int | None = None
) -> Payment:
    """Write the payment's next state; `date_last_updated` always moves forward."""
    changed = replace(
        payment,
        status=status,
        status_detail=detail,
        refunded=payment.refunded if refunded is None else refunded,
        version=payment.version + 1,
        updated_ms=max(now, payment.updated_ms + 1),
    )
    return save(store, changed)


def save(store: Store, payment: Payment) -> Payment:
    """Write what a payment's life can change."""
    store.run(
        "UPDATE payment SET status = :status, status_detail = :status_detail, refunded = :refunded, version = :version,"
        " updated_ms = :updated_ms, approved_ms = :approved_ms, release_ms = :release_ms WHERE id = :id",
        _columns(payment),
    )
    return payment


def refunds_of(store: Store, payment_id: int) -> list[Refund]:
    """Oldest first."""
    rows = store.all("SELECT * FROM refund WHERE payment_id = ? ORDER BY id", (payment_id,))
    return [Refund(**dict(row)) for row in rows]


def _columns(payment: Payment) -> dict[str, object]:
    return {name: getattr(payment, name) for name in Payment.__slots__}
