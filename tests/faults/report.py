"""The results of a run: kept after each fault, shown at the end, however that comes about."""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from tests.faults.result import Result

_COLUMNS: Final = ("fault", "requests", "failed", "unknown", "unsent", "bookings", "recovery s", "drained", "verdict")
_WIDTH: Final = 150


@dataclass
class Report:
    """`file`: where the results are written, as far as there are any."""

    file: Path | None = None
    results: list[Result] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """The faults that were not survived."""
        return [one.fault for one in self.results if one.is_broken]

    def add(self, result: Result) -> None:
        """Keep it; who reads the file meanwhile, or after a crash, finds whole results."""
        self.results.append(result)
        if self.file is not None:
            fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
            fresh.write_text(json.dumps([one.as_json() for one in self.results], indent=2))
            fresh.replace(self.file)

    def show(self) -> None:
        """A table, and in one line what was not survived; nothing where nothing was tried."""
        if not self.results:
            return
        table = Table(*_COLUMNS, title=f"seed {self.results[0].seed}")
        for one in self.results:
            figures = (one.requests, one.fails, one.unknowns, one.unsent, one.bookings, one.recovery)
            table.add_row(one.fault, *map(str, figures), one.drained, one.verdict)
        Console(width=_WIDTH).print(table)
        sys.stdout.write(f"faults: {'broken: ' + ', '.join(self.broken) if self.broken else 'ok'}\n")
