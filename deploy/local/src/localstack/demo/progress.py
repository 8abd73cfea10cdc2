"""How far the day has come: a bar on a terminal, plain lines elsewhere, nothing when JSON is wanted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_LINES: Final = 4
"""A phase says on a plain console how far it is so many times."""
Advance = Callable[[], None]


class Phases:
    """One phase after the other, each timed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, title: str, total: int = 0) -> Iterator[Advance]:
        """Call what it yields for each of `total` things done."""
        began = time.monotonic()
        show = self._bar if self._console.is_terminal else self._lines
        try:
            with show(title, total) as advance:
                yield advance
        finally:
            self.seconds[title] = round(time.monotonic() - began, 1)
        self._console.print(f"[green]ok[/] {escape(title)} [dim]({self.seconds[title]} s)[/]")

    @contextmanager
    def _bar(self, title: str, total: int) -> Iterator[Advance]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self._console, transient=True) as bar:
            task = bar.add_task(escape(title), total=total or None)
            yield lambda: bar.advance(task)

    @contextmanager
    def _lines(self, title: str, total: int) -> Iterator[Advance]:
        self._console.print(f".. {escape(title)}")
        done, step = 0, max(1, total // _LINES)

        def advance() -> None:
            nonlocal done
            done += 1
            if done % step == 0 and done < total:
                self._console.print(f"   {done} of {total}")

        yield advance
