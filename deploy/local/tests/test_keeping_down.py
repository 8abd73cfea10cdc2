"""A program that was killed stays away, whatever supervisord was doing at that moment."""

from types import SimpleNamespace
from typing import Any

import pytest

from localstack.errors import StackError
from localstack.supervision import keep_down


class Seen:
    """A supervisord whose program passes through some states, one a look; told to stop while it runs, it stops."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def processes(self) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"postgres": SimpleNamespace(state=state)}

    def stop(self, name: str) -> None:
        assert name == "postgres"
        if self.states[0] == "RUNNING":
            self.states[:] = ["STOPPING", "STOPPED"]


def test_one_that_is_about_to_be_started_again_is_stopped_after_that() -> None:
    seen: Any = Seen("EXITED", "EXITED", "STARTING", "RUNNING")
    keep_down(seen, "postgres", 5.0)
    assert seen.processes()["postgres"].state == "STOPPED"


def test_one_that_never_stays_down_is_told() -> None:
    seen: Any = Seen("EXITED")
    with pytest.raises(StackError, match="did not stay down"):
        keep_down(seen, "postgres", 0.0)
