"""The lists of the MercadoPago in memory: payments by their last change, and settlement reports."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from payments.clients import ChangedPage, MissingError, ReportFile, UnreadableError
from payments.domain.charge import Snapshot

MOST = 10_000
HEADER = (
    "EXTERNAL_REFERENCE;SOURCE_ID;USER_ID;PAYMENT_METHOD_TYPE;PAYMENT_METHOD;SITE;TRANSACTION_TYPE;TRANSACTION_AMOUNT;"
    "TRANSACTION_CURRENCY;TRANSACTION_DATE;FEE_AMOUNT;SETTLEMENT_NET_AMOUNT;SETTLEMENT_CURRENCY;SETTLEMENT_DATE;"
    "REAL_AMOUNT;COUPON_AMOUNT;METADATA;MKP_FEE_AMOUNT;FINANCING_FEE_AMOUNT;SHIPPING_FEE_AMOUNT;TAXES_AMOUNT;"
    "INSTALLMENT_AMOUNT;TAXES_DISAGGREGATED"
)


@dataclass
class FakeListings(ABC):
    """`reports` are contents by file name, `spans` what each was asked for, `asked_for` what is still to be made.

    `odd` are ids of payments that are shown as nobody documents them, `searched` the offsets asked for, `unsorted` has
    the search forget its order, `dense` is an instant at which twice as many changed as are shown.
    """

    charges: dict[str, Snapshot] = field(default_factory=dict)
    reports: dict[str, bytes] = field(default_factory=dict)
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    asked_for: list[tuple[datetime, datetime]] = field(default_factory=list)
    odd: set[str] = field(default_factory=set)
    searched: list[int] = field(default_factory=list)
    unsorted: bool = False
    dense: datetime | None = None

    async def changed_payments(self, begin: datetime, end: datetime, offset: int, limit: int) -> ChangedPage:
        await self._enter("changed_payments")
        assert offset + limit <= MOST, "MercadoPago refuses to show more"
        self.searched.append(offset)
        if self.dense is not None:
            crowd = [self.dense] * limit if begin <= self.dense <= end else []
            return ChangedPage([], [], crowd, 2 * MOST if crowd else 0)
        found = [each for each in self.charges.values() if begin <= each.updated_at <= end]
        found.sort(key=lambda each: each.id[::-1] if self.unsorted else f"{each.updated_at.isoformat()} {each.id}")
        page = found[offset : offset + limit]
        return ChangedPage(
            payments=[each for each in page if each.id not in self.odd],
            unreadable=[each.id for each in page if each.id in self.odd],
            dates=[each.updated_at for each in page],
            total=len(found),
        )

    async def ask_report(self, begin: datetime, end: datetime) -> None:
        await self._enter("ask_report")
        self.asked_for.append((begin, end))

    async def report_files(self) -> Sequence[ReportFile]:
        await self._enter("report_files")
        return [ReportFile(name, *self.spans[name]) for name in self.reports]

    async def fetch_report(self, name: str, most: int) -> BinaryIO:
        await self._enter("fetch_report")
        if name not in self.reports:
            raise MissingError(404)
        if len(self.reports[name]) > most:
            raise UnreadableError("file too large")
        return BytesIO(self.reports[name])

    def make_report(self, *lines: str, name: str = "", header: str = HEADER) -> None:
        """What was asked for first is there now."""
        begin, end = self.asked_for.pop(0)
        self.put_report("\n".join((header, *lines, "")).encode(), (begin, end), name)

    def put_report(self, content: bytes, span: tuple[datetime, datetime], name: str = "") -> None:
        """A file, whatever is in it."""
        made = name or f"settlement-{len(self.reports) + 1}.csv"
        self.reports[made], self.spans[made] = content, span

    @abstractmethod
    async def _enter(self, verb: str, key: str | None = None) -> None:
        """Whatever happens before a verb is carried out."""
