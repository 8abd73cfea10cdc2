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


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_asked_to_end_puts_right_what_it_moved(asked: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", MOVES], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "moved\n"
        running.send_signal(asked)
        said, _ = running.communicate(timeout=20)
    assert said.splitlines() == ["put right", "interrupted"]
