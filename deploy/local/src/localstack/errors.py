"""What the local stack refuses to do; the text is the one line the user reads."""


class StackError(Exception):
    """The stack cannot go on; the message says what is missing or taken and what to do about it."""


class ProgramError(StackError):
    """A program did not start or did not become ready in time."""

    def __init__(self, program: str, reason: str, last_lines: list[str], look: str) -> None:
        """Keep the name, and show the last lines of the log with the command that shows more."""
        self.program = program
        shown = "".join(f"\n    {line}" for line in last_lines) or "\n    (its log is empty)"
        super().__init__(f"{program} {reason}. The last lines of its log:{shown}\n  To see more: {look}")
