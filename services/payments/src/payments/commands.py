"""Commands of payments' own: `python -m payments reconcile` and `python -m payments webhooks replay`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from common.money import Money
from common.service import Command
from common.settings import SHARED
from payments import usecases
from payments.clients import MercadoPagoError
from payments.usecases import PaymentsContext, Reconciled

OK: Final = 0
DIFFERENT: Final = 1
MISUSED: Final = 2
UNANSWERED: Final = 3
_COLUMNS: Final = ("scope", "kind", "subject", "ours", "reported", "times", "since", "found")
_MOST_IDS: Final = 1_000


def _reconcile_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE", help="default: yesterday")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DATE", help="included; default: today")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


async def _reconcile(context: PaymentsContext, arguments: argparse.Namespace) -> int:
    last = arguments.last or await usecases.find_today(context)
    first = arguments.first or last - timedelta(days=1)
    if not 0 <= (last - first).days < usecases.MOST_DAYS:
        return _misused(f"--from comes before --to, and at most {usecases.MOST_DAYS} days")
    try:
        found = await usecases.reconcile(context, first, last)
    except MercadoPagoError as error:
        sys.stderr.write(f"MercadoPago did not answer the search: {error}\n")
        return UNANSWERED
    sys.stdout.write(json.dumps(_as_json(found), indent=2) + "\n" if arguments.json else _as_table(found))
    return DIFFERENT if found.differences else OK


def _webhooks_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    replay = verbs.add_parser("replay", help="look into kept notifications once more, with fresh tries")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", dest="ids", type=UUID, nargs="+", metavar="ID", help="these, however they ended")
    which.add_argument("--status", choices=("dead", "orphan"), help="all that ended so")
    replay.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE", help="received from then on")
    replay.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DATE", help="included; default: today")


async def _replay(context: PaymentsContext, arguments: argparse.Namespace) -> int:
    if arguments.ids is not None:
        if arguments.first or arguments.last or len(arguments.ids) > _MOST_IDS:
            return _misused(f"--id goes without --from and --to, and with at most {_MOST_IDS} ids")
        count = await usecases.replay_webhooks(context, arguments.ids)
    else:
        first, last = arguments.first or date(2020, 1, 1), arguments.last or await usecases.find_today(context)
        if first > last:
            return _misused("--from comes before --to")
        count = await usecases.replay_webhooks_of(context, arguments.status, first, last)
    sys.stdout.write(f"{count} notifications are due again\n")
    return OK


def _misused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return MISUSED


def _as_json(found: Reconciled) -> dict[str, Any]:
    return {
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "searched": {
            "payments": found.searched.seen,
            "changed": found.searched.changed,
            "orphans": found.searched.orphans,
        },
        "reports": [
            {"day": each.day.isoformat(), "status": each.status, "lines": each.lines, "problem": each.problem}
            for each in found.reports
        ],
        "differences": [dict(zip(("id", *_COLUMNS), cells, strict=True)) for cells in _cells(found, _number)],
    }


def _as_table(found: Reconciled) -> str:
    searched = found.searched
    seen = f"{searched.seen} payments found, {searched.changed} had changed, {searched.orphans} are nobody's"
    lines = [f"{found.first} to {found.last}: {seen}"]
    lines += [f"report of {each.day}: {each.status}" + _more(each.lines, each.problem) for each in found.reports]
    rows = [_COLUMNS, *(tuple(map(str, cells[1:])) for cells in _cells(found, _text))]
    lines += _aligned(rows) if found.differences else ["no differences are open"]
    return "\n".join(lines) + "\n"


def _more(lines: int | None, problem: str | None) -> str:
    return f", {lines} lines" if lines is not None else f", {problem}" if problem else ""


def _cells(found: Reconciled, figure: Callable[[Money | None], Any]) -> list[tuple[Any, ...]]:
    return [
        (
            str(case.id),
            "shared" if scope == SHARED else scope,
            case.kind,
            case.subject,
            figure(case.ours),
            figure(case.theirs),
            case.times,
            case.opened_at.isoformat(timespec="seconds"),
            case.found,
        )
        for scope, case in found.differences
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _number(amount: Money | None) -> float | None:
    return float(amount.as_units()) if amount is not None else None


def _text(amount: Money | None) -> str:
    return f"{amount.as_units():.2f}" if amount is not None else "-"


COMMANDS: Final[tuple[Command[PaymentsContext], ...]] = (
    Command(
        "reconcile", "search MercadoPago, compare its reports, print what differs", _reconcile_arguments, _reconcile
    ),
    Command("webhooks", "replay notifications that were kept", _webhooks_arguments, _replay),
)
