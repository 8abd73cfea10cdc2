"""What MercadoPago lists: payments by their last change, and the reports of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from payments.domain.charge import Snapshot


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """One page of a search. `total` counts all pages; `unreadable` are ids of what is no payment as documented.

    `dates` are the last changes of all of them in the order shown, None where there is none to be read.
    """

    payments: Sequence[Snapshot]
    unreadable: Sequence[str]
    dates: Sequence[datetime | None]
    total: int


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that is there to be fetched, and the instants it was asked for."""

    name: str
    begin: datetime
    end: datetime


class Listings(Protocol):
    """Every verb raises a MercadoPagoError, and nothing else, for what goes wrong outside."""

    async def changed_payments(self, begin: datetime, end: datetime, offset: int, limit: int) -> ChangedPage:
        """The account's payments whose last change lies within, both included, oldest change first."""

    async def ask_report(self, begin: datetime, end: datetime) -> None:
        """Have a settlement report made. Asking twice makes two."""

    async def report_files(self) -> Sequence[ReportFile]:
        """The settlement reports that are there, newest first as far as MercadoPago says so."""

    async def fetch_report(self, name: str, most: int) -> BinaryIO:
        """A report in a temporary file, which is the caller's to close. UnreadableError above `most` bytes."""
