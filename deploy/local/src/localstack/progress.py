"""What the user sees while the stack works: a spinner on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape


class Step(Protocol):
    """One step under way."""

    def now(self, detail: str) -> None:
        """Say what it waits for at the moment."""


class Reporter:
    """Writes the progress of `up`, `down` and `reset`; pass `quiet=True` to write nothing."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        """Write to `console`, standard output by default."""
        self.console = console or Console(highlight=False, soft_wrap=True, quiet=quiet)

    def say(self, line: str) -> None:
        """One line, as it is."""
        self.console.print(escape(line))

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """A step that takes time; its line is printed when it ends well, with the seconds it took."""
        started = time.monotonic()
        try:
            if self.console.is_terminal:
                with self.console.status(escape(title)) as status:
                    yield _Spinner(lambda detail: status.update(f"{escape(title)} [dim]{escape(detail)}[/]"))
            else:
                self.console.print(f".. {escape(title)}")
                yield _Spinner(lambda _detail: None)
        except BaseException:
            self.console.print(f"[red]no[/] {escape(title)}")
            raise
        self.console.print(f"[green]ok[/] {escape(title)} [dim]({time.monotonic() - started:.1f} s)[/]")


class _Spinner:
    def __init__(self, show: "_Show") -> None:
        self._show = show

    def now(self, detail: str) -> None:
        self._show(detail)


class _Show(Protocol):
    def __call__(self, detail: str, /) -> None: ...
