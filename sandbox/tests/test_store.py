"""The data file from one version to the next."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sandbox import schema
from sandbox.mercadopago import records
from sandbox.store import VERSION, Store

PAYMENT = (
    "INSERT INTO payment (id, status, status_detail, amount, refunded, fee, method, method_type, holder, installments,"
    " metadata, created_ms, updated_ms, approved_ms) VALUES"
    " (7, 'approved', 'partially_refunded', 1000, 400, 63, 'visa', 'credit_card', 'APRO', 1, '{}', 1, 2, 2)"
)


def test_a_file_of_an_earlier_version_is_brought_forward_with_its_money(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript(f"BEGIN; {schema.STEPS[0]} PRAGMA user_version = 1; COMMIT;")
        old.execute(PAYMENT)
        old.execute("INSERT INTO refund VALUES (8, 7, 400, 'rf:1', 3)")

    with closing(Store(path)) as store:
        (payment,) = [records.from_row(row) for row in store.all("SELECT * FROM payment")]

        assert store.count("PRAGMA user_version") == VERSION
        assert (payment.amount, payment.refunded, payment.financing, payment.card) == (1000, 400, 0, None)


def test_every_table_but_the_knobs_is_emptied(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "sandbox.db")) as store:
        tables = {row[0] for row in store.all("SELECT name FROM sqlite_master WHERE type = 'table'")}

        assert {name for name in tables if not name.startswith("sqlite_")} == {*schema.EMPTIED, "knob"}
