"""One SQLite file that outlives `kill -9`: whatever was answered to a caller had been committed before.

Calls are synchronous and short (tens of microseconds) and are made on the event loop's thread, so that a
transaction never interleaves with another.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Params = Sequence[object] | Mapping[str, object]

VERSION = 1
_SCHEMA = """
CREATE TABLE preference (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, external_reference TEXT,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX preference_reference ON preference (external_reference);

CREATE TABLE payment (
    id INTEGER PRIMARY KEY, preference_id TEXT, external_reference TEXT, status TEXT NOT NULL,
    status_detail TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount), fee INTEGER NOT NULL,
    method TEXT NOT NULL, method_type TEXT NOT NULL, holder TEXT NOT NULL, installments INTEGER NOT NULL,
    description TEXT, notification_url TEXT, metadata TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, approved_ms INTEGER, expires_ms INTEGER,
    release_ms INTEGER);
CREATE INDEX payment_reference ON payment (external_reference);
CREATE INDEX payment_updated ON payment (updated_ms);
CREATE INDEX payment_expiry ON payment (expires_ms) WHERE status = 'pending';

CREATE TABLE refund (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), idempotency_key TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX refund_payment ON refund (payment_id);

CREATE TABLE idempotency (
    scope TEXT NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (scope, key)) WITHOUT ROWID;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, kind TEXT NOT NULL, topic TEXT NOT NULL,
    action TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX delivery_due ON delivery (due_ms, id) WHERE state = 'pending';
CREATE INDEX delivery_subject ON delivery (subject);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL, took_ms INTEGER NOT NULL, status INTEGER, error TEXT, request_id TEXT NOT NULL,
    signed_at TEXT);
CREATE INDEX attempt_delivery ON attempt (delivery_id);

CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL,
    sender TEXT NOT NULL, reference TEXT, subject TEXT, body TEXT NOT NULL, content TEXT NOT NULL,
    created_ms INTEGER NOT NULL);
CREATE INDEX message_recipient ON message (channel, recipient);
CREATE INDEX message_created ON message (created_ms);

CREATE TABLE knob (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_EMPTIED = ("attempt", "delivery", "refund", "payment", "preference", "idempotency", "message")


class StoreVersionError(Exception):
    """The data file was written by another version of the sandbox: remove it."""


class Store:
    """A connection with three verbs: `one` and `all` read, `write` opens a transaction to `run` statements in."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises OSError or sqlite3.Error when it cannot be written."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        self._db.row_factory = sqlite3.Row
        # NORMAL survives the death of the process; FULL would only add the loss of power, at a price per payment.
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        self._db.close()

    def one(self, sql: str, params: Params = ()) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self._db.execute(sql, params).fetchone()
        return row

    def all(self, sql: str, params: Params = ()) -> list[sqlite3.Row]:
        """Every row; the statement carries its own LIMIT."""
        return self._db.execute(sql, params).fetchall()

    def count(self, sql: str, params: Params = ()) -> int:
        """The single integer the statement selects."""
        row = self.one(sql, params)
        return int(row[0] or 0) if row is not None else 0

    def run(self, sql: str, params: Params = ()) -> int:
        """Run one statement inside `write()`; the id of an inserted row."""
        if not self._db.in_transaction:
            raise RuntimeError("run() outside of write()")
        return self._db.execute(sql, params).lastrowid or 0

    @contextmanager
    def write(self) -> Iterator[None]:
        """All or nothing. There must be no await inside: the connection is shared by every request."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def empty(self) -> None:
        """Forget every record; the knobs stay."""
        with self.write():
            for table in _EMPTIED:
                self.run(f"DELETE FROM {table}")  # noqa: S608  names of our own list

    def _prepare(self) -> None:
        found = self.count("PRAGMA user_version")
        if found == VERSION:
            return
        if found != 0:
            raise StoreVersionError(str(found))
        self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
