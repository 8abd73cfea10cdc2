"""MercadoPago's settlement report: its lines, and how what it says of a payment differs from what we booked."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from common.money import Money
from common.span import COUNTRY_ZONE
from payments.domain.charge import Charge, ChargeId
from payments.domain.reference import Reference, parse_reference

_NEEDED: Final = frozenset(
    {"EXTERNAL_REFERENCE", "SOURCE_ID", "TRANSACTION_TYPE", "TRANSACTION_AMOUNT", "TRANSACTION_CURRENCY", "FEE_AMOUNT",
     "SETTLEMENT_NET_AMOUNT", "TAXES_AMOUNT"}
)  # fmt: skip
# Not MKP_FEE_AMOUNT: that says how much of FEE_AMOUNT it is, and is no fee beside it.
_FEES: Final = ("FEE_AMOUNT", "FINANCING_FEE_AMOUNT", "SHIPPING_FEE_AMOUNT")
_LONGEST_ID: Final = 100
_CURRENCY_LETTERS: Final = 3


class BadReportError(ValueError):
    """Not a settlement report, or not a whole one. Its text says what and in which line, never a line's content."""


class RowKind(StrEnum):
    """What a line is about."""

    SETTLEMENT = "SETTLEMENT"
    REFUND = "REFUND"
    CHARGEBACK = "CHARGEBACK"
    DISPUTE = "DISPUTE"
    WITHDRAWAL = "WITHDRAWAL"
    PAYOUT = "PAYOUT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Row:
    """One line. Amounts as MercadoPago writes them: what it keeps and what goes back is negative.

    `reference` is None for what is not ours. `line` counts from 1 without the header.
    """

    line: int
    source_id: ChargeId
    kind: RowKind
    reference: Reference | None
    amount: Money
    fee: Money
    tax: Money
    net: Money


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first and the last second of Argentina's day, as the report is asked for."""
    start = datetime.combine(day, time.min, COUNTRY_ZONE)
    return start, datetime.combine(day + timedelta(days=1), time.min, COUNTRY_ZONE) - timedelta(seconds=1)


def read_rows(lines: Iterable[str], most: int) -> Iterator[Row]:
    """The lines one by one. BadReportError where they are not a report's, or more than `most`."""
    reader = csv.DictReader(lines, delimiter=";", strict=True)
    try:
        if not set(reader.fieldnames or ()) >= _NEEDED:
            raise BadReportError("no such header")
        for line, cells in enumerate(reader, 1):
            if line > most:
                raise BadReportError(f"more than {most} lines")
            yield _row(line, cells)
    except csv.Error as error:
        raise BadReportError(f"line {reader.line_num} is no CSV") from error


def _row(line: int, cells: Mapping[str | None, str | None]) -> Row:
    if None in cells or None in cells.values():
        raise BadReportError(f"line {line} has another length than the header")
    texts = {str(name): str(text).strip() for name, text in cells.items()}
    source_id, currency = texts["SOURCE_ID"], texts["TRANSACTION_CURRENCY"]
    if not 0 < len(source_id) <= _LONGEST_ID or len(currency) != _CURRENCY_LETTERS:
        raise BadReportError(f"line {line} has no id or no currency")
    try:
        amounts = {
            name: _money(texts.get(name, ""), currency) for name in {*_FEES, *_NEEDED} if name.endswith("AMOUNT")
        }
    except (ValueError, InvalidOperation) as error:
        raise BadReportError(f"line {line} has an amount that is none") from error
    kind = texts["TRANSACTION_TYPE"].upper()
    return Row(
        line=line,
        source_id=ChargeId(source_id),
        kind=RowKind(kind) if kind in set(RowKind) else RowKind.OTHER,
        reference=parse_reference(texts["EXTERNAL_REFERENCE"]),
        amount=amounts["TRANSACTION_AMOUNT"],
        fee=Money(sum(amounts[name].minor for name in _FEES), currency),
        tax=amounts["TAXES_AMOUNT"],
        net=amounts["SETTLEMENT_NET_AMOUNT"],
    )


def _money(text: str, currency: str) -> Money:
    """Nothing is zero; the decimal mark is whichever the account's settings say."""
    amount = Decimal(text.replace(",", ".") or "0")
    if not amount.is_finite():
        raise ValueError("not finite")
    return Money.from_units(amount, currency)


class ReportDifference(StrEnum):
    """How a report and our books differ about a payment; the kinds of the cases."""

    MISSING_HERE = "report_missing_here"
    MISSING_THERE = "report_missing_there"
    AMOUNT = "report_amount_differs"
    REFUND = "report_refund_differs"
    FEE = "report_fee_differs"
    TAX = "report_tax_differs"
    TWICE = "report_twice"


@dataclass(frozen=True, slots=True)
class Reported:
    """All that the reports so far say of one payment. Positive: what was paid, went back, was kept."""

    source_id: ChargeId
    reference: Reference | None
    settlements: int
    others: int
    """Lines about disputes: what MercadoPago keeps of those is not compared."""
    amount: Money
    refunded: Money
    fee: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One difference, with both figures; None where one side has none."""

    kind: ReportDifference
    ours: Money | None
    theirs: Money | None


def compare(theirs: Reported, ours: Charge | None) -> Sequence[Disagreement]:
    """What does not fit. Nothing is said of a payment whose settlement was reported before reports were read."""
    if not theirs.settlements:
        return ()
    if ours is None or not ours.captured:
        return (Disagreement(ReportDifference.MISSING_HERE, None, theirs.amount),)
    gone = ours.refunded + ours.lost
    if theirs.settlements > 1:
        return (Disagreement(ReportDifference.TWICE, ours.captured, theirs.amount),)
    pairs = [(ReportDifference.AMOUNT, ours.captured, theirs.amount)]
    if theirs.refunded.minor > gone.minor:
        # What we gave back may be in a report still to come; what they gave back we should know.
        pairs.append((ReportDifference.REFUND, gone, theirs.refunded))
    if theirs.refunded == gone and not theirs.others and not ours.contested:
        # Fees come back with refunds: only when both sides are equally far do they compare.
        pairs += [(ReportDifference.FEE, ours.fee, theirs.fee), (ReportDifference.TAX, ours.withheld, theirs.tax)]
    return tuple(Disagreement(kind, mine, other) for kind, mine, other in pairs if mine != other)
