"""MercadoPago's lists as JSON."""

from collections.abc import Mapping
from datetime import datetime

from payments.clients.fields import as_instant, as_object
from payments.clients.listing import ChangedPage, ReportFile
from payments.clients.port import UnreadableError
from payments.clients.wire import read_payment
from payments.domain.charge import Snapshot

_LONGEST = 200


def read_changed(body: object) -> ChangedPage:
    """UnreadableError for anything that is no search; one payment that is none does not spoil its page."""
    try:
        fields = as_object(body)
        results, total = list(fields["results"]), int(as_object(fields["paging"])["total"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError("payment search") from error
    payments: list[Snapshot] = []
    unreadable: list[str] = []
    for each in results:
        try:
            payments.append(read_payment(each))
        except UnreadableError:
            unreadable.append(_id_of(each))
    return ChangedPage(payments, unreadable, [_changed_at(each) for each in results], total)


def read_report_files(body: object) -> list[ReportFile]:
    """Those that have a name and dates: others are still being made, or of another kind."""
    if not isinstance(body, list):
        raise UnreadableError("report list")
    return [file for each in body if (file := _file(each)) is not None]


def _file(body: object) -> ReportFile | None:
    try:
        fields = as_object(body)
        name, begin, end = fields["file_name"], as_instant(fields["begin_date"]), as_instant(fields["end_date"])
    except (KeyError, TypeError, ValueError):
        return None
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST or not name.endswith(".csv"):
        return None
    return ReportFile(name, begin, end)


def _id_of(body: object) -> str:
    """An id for a person to look for; nothing else of it is kept."""
    found = str(body.get("id", "")) if isinstance(body, Mapping) else ""
    return found if found.isalnum() and found.isascii() and len(found) <= _LONGEST else "unknown"


def _changed_at(body: object) -> datetime | None:
    try:
        fields = as_object(body)
        return as_instant(fields.get("date_last_updated") or fields["date_created"])
    except (KeyError, TypeError, ValueError):
        return None
