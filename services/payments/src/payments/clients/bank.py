"""The bank as the use cases see it: a few verbs, and errors that say whether anything may have happened."""

from collections.abc import Mapping
from typing import Protocol

from payments.domain.bank import AccountSeen, Batch, BatchId, BatchSeen, MovementPage


class BankError(Exception):
    """The bank did not do what was asked, or did not say so. Its text is a short code, never a reply's content.

    `retry_after` are the seconds the bank asked us to wait.
    """

    def __init__(self, text: str, retry_after: int = 0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class BankUnansweredError(BankError):
    """It may or may not have been done: a time-out, a broken connection, a 5xx, a reply that is no JSON."""


class BankNotAcceptedError(BankError):
    """It was certainly not done and may be asked again."""


class BankRefusedError(BankError):
    """It was refused: `status` is HTTP's, `code` the bank's, `items` its code for each transfer that is wrong."""

    def __init__(self, status: int, code: str = "", items: Mapping[str, str] | None = None) -> None:
        super().__init__(f"http-{status} {code}".strip())
        self.status, self.code, self.items = status, code, dict(items or {})


class BankMissingError(BankRefusedError):
    """There is no such thing there, or not yet."""


class BankUnreadableError(BankError):
    """A reply that is not what the bank documents."""


class Bank(Protocol):
    """Every verb raises a BankError, and nothing else, for what goes wrong outside."""

    async def send_batch(self, batch: Batch, key: str) -> None:
        """Have these transfers made; the same key makes them once. BankRefusedError with `items`: none was taken."""

    async def batch(self, batch_id: BatchId) -> BatchSeen:
        """A batch as it stands. BankMissingError when the bank has none."""

    async def movements(self, after: str | None, most: int) -> MovementPage:
        """Our account's movements after a cursor, oldest first."""

    async def account(self, name: str) -> AccountSeen:
        """Whose account a CBU, CVU or alias is. BankMissingError when there is none."""
