"""One SQLite file that outlives `kill -9`: whatever was answered to a caller had been committed before.

Calls are synchronous and short (tens of microseconds) and are made on the event loop's thread, so that a
transaction never interleaves with another.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.schema import EMPTIED, STEPS

Params = Sequence[object] | Mapping[str, object]

VERSION = len(STEPS)


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
            for table in EMPTIED:
                self.run(f"DELETE FROM {table}")  # noqa: S608  names of our own list

    def _prepare(self) -> None:
        found = self.count("PRAGMA user_version")
        if found > VERSION:
            raise StoreVersionError(str(found))
        for version in range(found, VERSION):
            self._db.executescript(f"BEGIN; {STEPS[version]} PRAGMA user_version = {version + 1}; COMMIT;")
