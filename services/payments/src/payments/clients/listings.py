"""Lists and reports through MercadoPago's SDK, which has no verbs of its own for them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO, Final, Protocol
from urllib.parse import quote

from mercadopago.config import RequestOptions
from mercadopago.core import MPBase

from payments.clients import wire_lists
from payments.clients.listing import ChangedPage, ReportFile
from payments.clients.transport import DOWNLOAD_SECONDS, Transport
from payments.clients.wire import stamp

_REPORTS: Final = "/v1/account/settlement_report"


class Ask(Protocol):
    """Runs one call of the SDK on a thread, for at most so many seconds, and gives its `response`."""

    async def __call__(self, call: Callable[[], Any], seconds: float | None = None) -> Any: ...


class _Lists(MPBase):  # type: ignore[misc]  # mercadopago ships no types
    """What the SDK has no verb for, or none with these filters."""

    def changed(self, filters: dict[str, Any]) -> Any:
        return self._get("/v1/payments/search", filters)

    def ask_report(self, body: dict[str, str]) -> Any:
        return self._post(_REPORTS, body)

    def reports(self) -> Any:
        return self._get(f"{_REPORTS}/list")


class SdkListings:
    """A part of the real port; `ask` runs one call of the SDK on a thread."""

    def __init__(self, options: RequestOptions, transport: Transport, ask: Ask) -> None:
        self._lists = _Lists(options, transport)
        self._token, self._downloads, self._run = options.access_token, transport, ask

    async def changed_payments(self, begin: datetime, end: datetime, offset: int, limit: int) -> ChangedPage:
        filters = {
            "range": "date_last_updated",
            "begin_date": stamp(begin),
            "end_date": stamp(end),
            "sort": "date_last_updated",
            "criteria": "asc",
            "offset": offset,
            "limit": limit,
        }
        return wire_lists.read_changed(await self._run(partial(self._lists.changed, filters)))

    async def ask_report(self, begin: datetime, end: datetime) -> None:
        body = {"begin_date": _second(begin), "end_date": _second(end)}
        await self._run(partial(self._lists.ask_report, body))

    async def report_files(self) -> Sequence[ReportFile]:
        return wire_lists.read_report_files(await self._run(self._lists.reports))

    async def fetch_report(self, name: str, most: int) -> BinaryIO:
        path = f"{_REPORTS}/{quote(name, safe='')}"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/csv"}
        call = partial(self._downloads.download, path, headers, most)
        file: BinaryIO = await self._run(lambda: {"response": call()}, DOWNLOAD_SECONDS)
        return file


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
