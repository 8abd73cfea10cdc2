"""What moved in the MercadoPago account, line by line: the body of a settlement report."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox import clock
from sandbox.mercadopago import records
from sandbox.mercadopago.records import Payment
from sandbox.money import to_text
from sandbox.store import Store
from sandbox.world import World

COLUMNS = (
    "EXTERNAL_REFERENCE",
    "SOURCE_ID",
    "USER_ID",
    "PAYMENT_METHOD_TYPE",
    "PAYMENT_METHOD",
    "SITE",
    "TRANSACTION_TYPE",
    "TRANSACTION_AMOUNT",
    "TRANSACTION_CURRENCY",
    "TRANSACTION_DATE",
    "FEE_AMOUNT",
    "SETTLEMENT_NET_AMOUNT",
    "SETTLEMENT_CURRENCY",
    "SETTLEMENT_DATE",
    "REAL_AMOUNT",
    "COUPON_AMOUNT",
    "METADATA",
    "MKP_FEE_AMOUNT",
    "FINANCING_FEE_AMOUNT",
    "SHIPPING_FEE_AMOUNT",
    "TAXES_AMOUNT",
    "INSTALLMENT_AMOUNT",
    "TAXES_DISAGGREGATED",
)

_NOTHING = (
    "COUPON_AMOUNT",
    "FINANCING_FEE_AMOUNT",
    "SHIPPING_FEE_AMOUNT",
    "TAXES_AMOUNT",
    "INSTALLMENT_AMOUNT",
)
_TOO_MUCH = 100
"""A peso, in centavos."""


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. Amounts are centavos: what the account gains is positive, the fee is negative."""

    type: str
    source_id: int
    at_ms: int
    amount: int
    fee: int = 0
    payment: Payment | None = None


def write(world: World, begin_ms: int, end_ms: int) -> str:
    """The report of what happened from `begin_ms` to `end_ms`, as the knobs let it be told."""
    text = io.StringIO()
    out = csv.DictWriter(text, COLUMNS, delimiter=";", lineterminator="\n")
    out.writeheader()
    for line in _told(world, lines(world.store, begin_ms, end_ms)):
        out.writerow(_row(line, world.settings.collector_id))
    return text.getvalue()


def lines(store: Store, begin_ms: int, end_ms: int) -> list[Line]:
    """The movements of a time, oldest first."""
    made = [
        line
        for part in (_settlements, _refunds, _chargebacks, _claims, _withdrawals)
        for line in part(store, begin_ms, end_ms)
    ]
    return sorted(made, key=lambda line: line.at_ms)


def _settlements(store: Store, begin_ms: int, end_ms: int) -> Iterator[Line]:
    for row in store.all("SELECT * FROM payment WHERE approved_ms BETWEEN ? AND ? ORDER BY id", (begin_ms, end_ms)):
        payment = records.from_row(row)
        yield Line("SETTLEMENT", payment.id, payment.approved_ms or 0, payment.amount, -payment.fee, payment)


def _refunds(store: Store, begin_ms: int, end_ms: int) -> Iterator[Line]:
    """MercadoPago's fee stays paid, as the sandbox's payments show it."""
    rows = store.all("SELECT * FROM refund WHERE created_ms BETWEEN ? AND ? ORDER BY id", (begin_ms, end_ms))
    for row in rows:
        yield Line("REFUND", row["payment_id"], row["created_ms"], -row["amount"], payment=_payment(store, row))


def _chargebacks(store: Store, begin_ms: int, end_ms: int) -> Iterator[Line]:
    """Taken when it is opened, given back when the seller wins."""
    for row in store.all("SELECT * FROM chargeback ORDER BY id"):
        given_back = row["decided_ms"] if row["outcome"] == "seller" else None
        yield from _taken_and_given_back(store, "CHARGEBACK", row, given_back, begin_ms, end_ms)


def _claims(store: Store, begin_ms: int, end_ms: int) -> Iterator[Line]:
    """Taken when it is opened and given back when it is closed: who loses one sees a refund beside it."""
    for row in store.all("SELECT * FROM claim ORDER BY id"):
        yield from _taken_and_given_back(store, "DISPUTE", row, row["decided_ms"], begin_ms, end_ms)


def _taken_and_given_back(
    store: Store, kind: str, row: sqlite3.Row, given_back_ms: int | None, begin_ms: int, end_ms: int
) -> Iterator[Line]:
    for at_ms, amount in ((row["created_ms"], -row["amount"]), (given_back_ms, row["amount"])):
        if at_ms is not None and begin_ms <= at_ms <= end_ms:
            yield Line(kind, row["payment_id"], at_ms, amount, payment=_payment(store, row))


def _withdrawals(store: Store, begin_ms: int, end_ms: int) -> Iterator[Line]:
    rows = store.all("SELECT * FROM withdrawal WHERE created_ms BETWEEN ? AND ? ORDER BY id", (begin_ms, end_ms))
    for row in rows:
        yield Line(row["type"], row["id"], row["created_ms"], -row["amount"])


def _payment(store: Store, row: sqlite3.Row) -> Payment | None:
    return records.find(store, row["payment_id"])


def _told(world: World, true: list[Line]) -> Iterator[Line]:
    """The lines as the knobs `report_omit`, `report_wrong_amount` and `report_twice` tell them."""
    board, knobs = world.board, world.board.now
    for line in true:
        if line.type != "SETTLEMENT" or knobs.report_payment not in {"", str(line.source_id)}:
            yield line
            continue
        if board.hits("report_omit", knobs.report_omit):
            continue
        if board.hits("report_wrong_amount", knobs.report_wrong_amount):
            yield replace(line, amount=line.amount + _TOO_MUCH)
        else:
            yield line
        if board.hits("report_twice", knobs.report_twice):
            yield line


def _row(line: Line, collector_id: int) -> dict[str, object]:
    net, at = to_text(line.amount + line.fee), clock.stamp(line.at_ms)
    return {
        "SOURCE_ID": line.source_id,
        "USER_ID": collector_id,
        "SITE": "MLA",
        "TRANSACTION_TYPE": line.type,
        "TRANSACTION_AMOUNT": to_text(line.amount),
        "TRANSACTION_CURRENCY": "ARS",
        "TRANSACTION_DATE": at,
        "FEE_AMOUNT": to_text(line.fee),
        "SETTLEMENT_NET_AMOUNT": net,
        "SETTLEMENT_CURRENCY": "ARS",
        "SETTLEMENT_DATE": at,
        "REAL_AMOUNT": net,
        "MKP_FEE_AMOUNT": to_text(line.fee),
        **dict.fromkeys(_NOTHING, to_text(0)),
        "TAXES_DISAGGREGATED": "[]",
        "METADATA": "[{}]",
        **_of_payment(line.payment),
    }


def _of_payment(payment: Payment | None) -> dict[str, object]:
    if payment is None:
        return {}
    return {
        "EXTERNAL_REFERENCE": payment.external_reference or "",
        "PAYMENT_METHOD_TYPE": payment.method_type,
        "PAYMENT_METHOD": payment.method,
        "METADATA": f"[{payment.metadata}]",
        "INSTALLMENT_AMOUNT": to_text(round(payment.total_paid / payment.installments)),
    }
