"""Every service's audit chains, walked by the services' own command."""

import os
import subprocess

from localstack.environment import running_settings
from localstack.errors import StackError
from localstack.programs import SERVICES
from localstack.stack import Stack

_SECONDS = 300


def audit(stack: Stack) -> bool:
    """Run `python -m <service> audit` for each service, which prints a line for each chain; whether all are whole."""
    stack.require(("postgres", "kafka"))
    whole = True
    for service in SERVICES:
        command = (str(stack.context.python), "-m", service, "audit")
        settings = os.environ | running_settings(stack.context, service)
        try:
            ended = subprocess.run(command, env=settings, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise StackError(f"{service}'s chains were not walked in {_SECONDS} s: run its audit by itself") from None
        whole = whole and ended.returncode == 0
    return whole
