"""Reconciliation at once, by payments' own command."""

import os
import subprocess
from collections.abc import Sequence

from localstack.environment import running_settings
from localstack.errors import StackError
from localstack.stack import Stack

_SECONDS = 900


def reconcile(stack: Stack, arguments: Sequence[str]) -> int:
    """Run `python -m payments reconcile` with these arguments; its exit status (1: differences are open)."""
    stack.require(("postgres", "sandbox"))
    command = (str(stack.context.python), "-m", "payments", "reconcile", *arguments)
    # What it does payment by payment is for the worker's log.
    settings = os.environ | running_settings(stack.context, "payments") | {"PAYMENTS_LOG_LEVEL": "warning"}
    try:
        return subprocess.run(command, env=settings, timeout=_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        raise StackError(f"nothing was reconciled in {_SECONDS} s: ask for fewer days") from None
