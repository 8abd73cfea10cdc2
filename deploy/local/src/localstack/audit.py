"""Every service's audit chains, walked by the services' own command."""

import os
import subprocess

from localstack.environment import running_settings
from localstack.programs import SERVICES
from localstack.stack import Stack

_SECONDS = 300


def audit(stack: Stack) -> bool:
    """Run `python -m <service> audit` for each service, which prints a line for each chain; whether all are whole."""
    stack.require(("postgres", "kafka"))
    whole = True
    for service in SERVICES:
        ended = subprocess.run(
            [stack.context.python, "-m", service, "audit"],
            env=os.environ | running_settings(stack.context, service),
            timeout=_SECONDS,
            check=False,
        )
        whole = whole and ended.returncode == 0
    return whole
