"""`python -m localstack verify`: the verdicts as a table or as JSON; 1 when a promise is broken."""

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from localstack.progress import Reporter
from localstack.stack import Stack
from localstack.verify.judge import judge
from localstack.verify.verdict import MOST_SHOWN, Verdict

BROKEN: Final = 1
_READ: Final = ("postgres", "kafka", "sandbox")


def verify(stack: Stack, as_json: bool, drain_seconds: float) -> int:
    """Judge a running stack; StackError where there is none."""
    stack.require(_READ)
    reporter = Reporter(quiet=True) if as_json else stack.reporter
    with reporter.step("waiting until all is quiet, then comparing"):
        verdicts = asyncio.run(judge(stack.context, drain_seconds))
    kept = all(verdict.kept for verdict in verdicts)
    if as_json:
        print(json.dumps({"kept": kept, "verdicts": [verdict.as_json() for verdict in verdicts]}, indent=2))
    else:
        _show(verdicts)
        print(f"verify: {'ok' if kept else 'broken: ' + ', '.join(one.invariant for one in verdicts if not one.kept)}")
    return 0 if kept else BROKEN


def _show(verdicts: Sequence[Verdict]) -> None:
    table = Table("", "promise", "checked", "violated", "notes")
    for one in verdicts:
        table.add_row(one.invariant, one.promise, str(one.checked), str(len(one.violations)), "; ".join(one.notes))
    Console().print(table)
    for one in verdicts:
        for violation in one.violations[:MOST_SHOWN]:
            print(f"{one.invariant}: {violation}")
