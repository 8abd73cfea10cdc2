"""What a command moved it puts right, however it is ended."""

import signal
import subprocess
import sys
from typing import Final

import pytest

MOVES: Final = """
import asyncio
from localstack.interrupts import end_as_with_ctrl_c

async def move():
    try:
        print("moved", flush=True)
        await asyncio.Event().wait()
    finally:
        print("put right", flush=True)

end_as_with_ctrl_c()
try:
    asyncio.run(move())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


IN_FRONT: Final = 'exec "$@"'
BEHIND: Final = "trap '' INT; " + IN_FRONT
"""As a script starts it with `&`: Ctrl-C is not for it."""


@pytest.mark.parametrize("started", [IN_FRONT, BEHIND])
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_asked_to_end_puts_right_what_it_moved(asked: signal.Signals, started: str) -> None:
    command = ["sh", "-c", started, "sh", sys.executable, "-c", MOVES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "moved\n"
        running.send_signal(asked)
        said, _ = running.communicate(timeout=20)
    assert said.splitlines() == ["put right", "interrupted"]
